import { spawnSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
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

const writing = (content: string) => async (temporary: string) => writeFileSync(temporary, content)

describe('a file that is replaced', () => {
  test('keeps as many of those before it as it is told', async () => {
    const { file, contents } = aFolder()
    for (const content of ['1', '2', '3', '4']) await replaceKeeping(file, 3, writing(content))
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
      await replaceKeeping(file, 3, writing('newest'))
      expect(contents()).toEqual({ b: 'newest', 'b.1': 'new', 'b.2': 'old' })
    }
    const { file, path, contents } = aFolder({ b: 'new', 'b.2': 'old' })
    linkSync(file, path('b.1'))
    await replaceKeeping(file, 3, writing('newest'))
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
    for (let i = 0; i < 20; i++) await replaceKeeping(file, 2, writing(`${i}`))
    looking = false
    await looked

    expect(missing).toBe(0)
    expect([readFileSync(file, 'utf8'), readFileSync(path('b.1'), 'utf8')]).toEqual(['19', '18'])
  })

  test('is as it was when making the new one fails, and nothing is left of that', async () => {
    const { file, contents } = aFolder({ b: 'old', 'b.1': 'older' })
    const failed = replaceKeeping(file, 2, async (temporary) => {
      for (const end of ['', '-wal', '-shm', '-journal']) writeFileSync(`${temporary}${end}`, 'half')
      throw new Error('that was enough')
    })
    await expect(failed).rejects.toThrow('that was enough')
    expect(contents()).toEqual({ b: 'old', 'b.1': 'older' })
  })

  test('has what killed processes of this machine left removed, and nothing else', async () => {
    const { pid: gone } = spawnSync(process.execPath, ['--version'])
    const left = (pid: number, host = hostname()) => `b.${host}.${pid}.${crypto.randomUUID()}.partial`
    const abandoned = [left(gone), `${left(gone)}-wal`]
    const others = [left(process.pid), left(gone, 'elsewhere'), `b.${hostname()}.${gone}.notes`]
    const { file, contents } = aFolder(
      Object.fromEntries([...abandoned, ...others].map((name) => [name, 'x'])),
    )
    await replaceKeeping(file, 1, writing('new'))

    expect(Object.keys(contents()).sort()).toEqual(['b', ...others].sort())
  })

  test('says FULL and UNAVAILABLE for what the file system says', async () => {
    const { file, path } = aFolder()
    const noRoom = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' })
    await expect(replaceKeeping(file, 1, () => Promise.reject(noRoom))).rejects.toMatchObject({
      code: 'FULL',
      cause: noRoom,
    })
    const nowhere = join(path('not'), 'there')
    await expect(replaceKeeping(nowhere, 1, writing('x'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
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
