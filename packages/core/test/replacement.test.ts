import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createWhole, replaceKeeping } from '../src/replacement.ts'

/** A folder with files of some names and contents. */
function aFolder(files: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return {
    file: join(folder, 'b'),
    path: (name: string) => join(folder, name),
    contents: () =>
      Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
  }
}

const keeping = (keep: number) => ({ keep, mayReplace: async () => {} })

const writing = (content: string) => async (temporary: string) => writeFileSync(temporary, content)

describe('a file that is replaced', () => {
  test('keeps as many of those before it as it is told', async () => {
    const { file, contents } = aFolder()
    for (const content of ['1', '2', '3', '4']) await replaceKeeping(file, keeping(3), writing(content))
    expect(contents()).toEqual({ b: '4', 'b.1': '3', 'b.2': '2' })
  })

  test('pushes none out when a rotation that was cut short is done again', async () => {
    // Before it there were new, old and older; it was cut short after each of its steps.
    const states: Record<string, string>[] = [
      { b: 'new', 'b.1': 'old', 'b.2': 'older' },
      { b: 'new', 'b.2': 'old' },
    ]
    for (const state of states) {
      const { file, contents } = aFolder(state)
      await replaceKeeping(file, keeping(3), writing('newest'))
      expect(contents()).toEqual({ b: 'newest', 'b.1': 'new', 'b.2': 'old' })
    }
    const { file, path, contents } = aFolder({ b: 'new', 'b.2': 'old' })
    linkSync(file, path('b.1'))
    await replaceKeeping(file, keeping(3), writing('newest'))
    expect(contents()).toEqual({ b: 'newest', 'b.1': 'new', 'b.2': 'old' })
  })

  test('is there all the time', async () => {
    const { file, path } = aFolder({ b: 'old' })
    let missing = 0
    let looking = true
    const looked = (async () => {
      while (looking) {
        try {
          readFileSync(file)
        } catch {
          missing += 1
        }
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    for (let i = 0; i < 20; i++) await replaceKeeping(file, keeping(2), writing(`${i}`))
    looking = false
    await looked

    expect(missing).toBe(0)
    expect([readFileSync(file, 'utf8'), readFileSync(path('b.1'), 'utf8')]).toEqual(['19', '18'])
  })

  test('is as it was when making the new one fails, and nothing is left of that', async () => {
    const { file, contents } = aFolder({ b: 'old', 'b.1': 'older' })
    const failed = replaceKeeping(file, keeping(2), async (temporary) => {
      for (const end of ['', '-wal', '-shm', '-journal']) writeFileSync(`${temporary}${end}`, 'half')
      throw new Error('that was enough')
    })
    await expect(failed).rejects.toThrow('that was enough')
    expect(contents()).toEqual({ b: 'old', 'b.1': 'older' })
  })

  test('is followed by as many as are to be kept when many take its place at once', async () => {
    for (const keep of [2, 3, 4]) {
      const { file, contents } = aFolder({ b: 'old', 'b.1': 'older' })
      const made = Array.from({ length: 5 }, (_, i) => String(i))
      await Promise.all(made.map((content) => replaceKeeping(file, keeping(keep), writing(content))))
      expect(Object.keys(contents())).toEqual(['b', 'b.1', 'b.2', 'b.3'].slice(0, keep))
      const kept = Object.values(contents())
      expect(new Set(kept).size).toBe(keep)
      for (const content of kept) expect(made).toContain(content)
    }
  })

  test('stays when what is there, or would move or go, may not, also when that came about meanwhile', async () => {
    const mayReplace = async (path: string) => {
      const found = statSync(path, { throwIfNoEntry: false }) && readFileSync(path, 'utf8')
      if (found?.startsWith('mine')) throw new Error(`${path} is mine`)
    }
    for (const name of ['b', 'b.1', 'b.2']) {
      const before = { b: 'new', 'b.1': 'old', 'b.2': 'older' }
      const { file, path, contents } = aFolder({ ...before, [name]: 'mine' })
      const begun: string[] = []
      const refused = replaceKeeping(file, { keep: 3, mayReplace }, async (temporary) => {
        begun.push(temporary)
      })
      await expect(refused).rejects.toThrow(`${path(name)} is mine`)
      expect(begun).toEqual([])
      expect(contents()).toEqual({ ...before, [name]: 'mine' })

      const meanwhile = aFolder(before)
      const stopped = replaceKeeping(meanwhile.file, { keep: 3, mayReplace }, async (temporary) => {
        writeFileSync(temporary, 'newest')
        writeFileSync(meanwhile.path(name), 'mine since')
      })
      await expect(stopped).rejects.toThrow(`${meanwhile.path(name)} is mine`)
      expect(meanwhile.contents()).toEqual({ ...before, [name]: 'mine since' })
    }
  })

  test('is the one that a link leads to, and the link stays', async () => {
    const { file, path } = aFolder()
    mkdirSync(path('large'))
    symlinkSync('large/b', file)
    for (const content of ['1', '2']) await replaceKeeping(file, keeping(2), writing(content))

    expect(lstatSync(file).isSymbolicLink()).toBe(true)
    expect(readdirSync(path('large')).sort()).toEqual(['b', 'b.1'])
    expect([file, path('large/b.1')].map((at) => readFileSync(at, 'utf8'))).toEqual(['2', '1'])
  })

  test('passes its permissions on, and a new one has those it is told, from the beginning', async () => {
    const { file, path } = aFolder()
    const modes: number[] = []
    const make = async (temporary: string) => {
      modes.push(statSync(temporary).mode & 0o777)
      writeFileSync(temporary, 'new')
    }
    await replaceKeeping(file, { ...keeping(2), mode: 0o100640 }, make)
    chmodSync(file, 0o400)
    await replaceKeeping(file, { ...keeping(2), mode: 0o100640 }, make)

    expect(modes).toEqual([0o640, 0o600])
    expect([path('b.1'), file].map((at) => statSync(at).mode & 0o777)).toEqual([0o400, 0o400])
  })

  test('has what nobody is at any more removed, whoever that was, and nothing else', async () => {
    const left = (of: string) => `${of}.${crypto.randomUUID()}.partial`
    const [gone, far, busy, ofAnother] = [left('b'), left('b'), left('b'), left('b.web.12')]
    const abandoned = [gone, `${gone}-wal`, far]
    const others = [busy, `${busy}-wal`, ofAnother, 'b.notes.partial', `notes ${gone}`]
    const { file, path, contents } = aFolder(
      Object.fromEntries([...abandoned, ...others].map((name) => [name, 'x'])),
    )
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const name of [...abandoned, ...others]) utimesSync(path(name), longAgo, longAgo)
    utimesSync(path(busy), new Date(), new Date())
    // A clock that was wrong when it was left.
    utimesSync(path(far), new Date('2099-01-01'), new Date('2099-01-01'))
    await replaceKeeping(file, keeping(1), writing('new'))

    expect(Object.keys(contents()).sort()).toEqual(['b', ...others].sort())
  })

  test('waits for nobody who was killed', async () => {
    const { file, path, contents } = aFolder({ b: 'old' })
    mkdirSync(path('b.lock'))
    utimesSync(path('b.lock'), new Date(0), new Date(0))
    await replaceKeeping(file, keeping(1), writing('new'))
    expect(contents()).toEqual({ b: 'new' })
  })

  test('stays when something else has the name of its lock', async () => {
    const { file, contents } = aFolder({ b: 'old', 'b.lock': 'my notes on the lock of b' })
    await expect(replaceKeeping(file, keeping(1), writing('new'))).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('b.lock'),
    })
    expect(contents()).toEqual({ b: 'old', 'b.lock': 'my notes on the lock of b' })
  })

  test('says FULL and UNAVAILABLE for what the file system says', async () => {
    const { file, path } = aFolder()
    const noRoom = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' })
    await expect(replaceKeeping(file, keeping(1), () => Promise.reject(noRoom))).rejects.toMatchObject({
      code: 'FULL',
      cause: noRoom,
    })
    const nowhere = join(path('not'), 'there')
    await expect(replaceKeeping(nowhere, keeping(1), writing('x'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })
})

describe('a file that is created whole', () => {
  test('appears when it is made', async () => {
    const { file, contents } = aFolder()
    await createWhole(file, async (temporary) => {
      writeFileSync(temporary, 'half')
      expect(contents()).not.toHaveProperty('b')
      writeFileSync(temporary, 'whole')
    })
    expect(contents()).toEqual({ b: 'whole' })
  })

  test('takes the place of nothing that came about meanwhile', async () => {
    const { file, contents } = aFolder()
    const created = createWhole(file, async (temporary) => {
      writeFileSync(temporary, 'mine')
      writeFileSync(file, 'another')
    })
    await expect(created).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(contents()).toEqual({ b: 'another' })
  })

  test('takes the place of no folder', async () => {
    const { file } = aFolder()
    mkdirSync(file)
    await expect(createWhole(file, writing('mine'))).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
