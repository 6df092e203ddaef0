import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import zlib from 'node:zlib'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  type ArchiveFolder,
  archiveFolder,
  type Bundle,
  digest,
  fold,
  type KeptArchive,
  type ListedArchive,
  type LogEntry,
  listedArchives,
  packBundle,
  readArchive,
} from '../src/index.ts'

const folders: string[] = []

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'consensus-store-test-'))
  folders.push(folder)
  return folder
}

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

/** An abandoned run with a body of its own. */
function aBundle(id: string, content = `the plan of ${id}`): Bundle {
  const at = new Date('2026-01-05T09:00:00.000Z')
  const ref = (text: string) => ({ bytes: Buffer.byteLength(text), digest: digest(text) })
  const metadata = {}
  const events: readonly LogEntry[] = [
    {
      sequence: 1,
      type: 'run.started',
      at,
      data: { specId: 'S', stage: 'plan', expectedAgents: [], labels: {} },
    },
    {
      sequence: 2,
      type: 'artifact.added',
      at,
      data: {
        artifactId: 'art',
        agentName: 'code',
        content: ref(JSON.stringify(content)),
        metadata: ref('{}'),
      },
    },
    { sequence: 3, type: 'run.abandoned', at, data: {} },
  ]
  const { run, artifacts } = fold(id, events)
  return {
    run,
    executions: [],
    artifacts: [...artifacts.values()].map((row) => ({ ...row, metadata, content })),
    syntheses: [],
    events,
  }
}

const anArchive = (id: string, content?: string): Promise<KeptArchive> =>
  packBundle(aBundle(id, content), new Date('2026-02-05T09:00:00.000Z'))

const keep = (folder: ArchiveFolder, { compressed, ...archive }: KeptArchive) =>
  folder.keep(archive, compressed)

const filesIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => name.endsWith('.zst')).sort()

async function listedIn(folder: string): Promise<readonly ListedArchive[]> {
  const listed: ListedArchive[] = []
  for await (const entry of listedArchives(folder)) listed.push(entry)
  return listed
}

describe('a folder of archives', () => {
  test('keeps a file for each, which can be read back, and a manifest of them', async () => {
    const path = await newFolder()
    const folder = archiveFolder(path)
    const archives = [await anArchive('r1'), await anArchive('r2')]
    for (const archive of archives) await keep(folder, archive)

    const listed = await listedIn(path)
    expect(listed.map(({ file }) => file).sort()).toEqual(await filesIn(path))
    expect(listed.map(({ file: _, ...archive }) => archive)).toEqual(
      archives.map(({ compressed: _, endedAt: __, ...archive }) => archive),
    )
    for (const { runId, file } of listed) expect(await readArchive(join(path, file))).toEqual(aBundle(runId))
    expect((await readdir(path)).sort()).toEqual(
      ['.partial', ...(await filesIn(path)), 'manifest.jsonl'].sort(),
    )
    expect(await readdir(join(path, '.partial'))).toEqual([])
  })

  test('has a name for every run, whatever its id', async () => {
    const path = await newFolder()
    const folder = archiveFolder(path)
    const ids = [
      '..',
      '.',
      '../../etc/passwd',
      'a/b',
      'a\\b',
      'A',
      'a',
      'é☂😀',
      '~',
      'x'.repeat(255),
      '-rf',
      'con',
    ]
    for (const id of ids) await keep(folder, await anArchive(id))

    const files = await filesIn(path)
    expect(files).toHaveLength(ids.length)
    expect(new Set(files.map((file) => file.toLowerCase())).size).toBe(ids.length)
    for (const file of files) {
      expect(basename(file)).toBe(file)
      expect(file).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]*\.[0-9a-f]{64}\.json\.zst$/)
      expect(file.length).toBeLessThan(200)
    }
    const read = await Promise.all(files.map((file) => readArchive(join(path, file))))
    expect(read.map(({ run }) => run.id).sort()).toEqual([...ids].sort())
  })

  test('leaves what it keeps already as it is, and lists it once', async () => {
    const path = await newFolder()
    const archive = await anArchive('r')
    await keep(archiveFolder(path), archive)
    await keep(archiveFolder(path), archive)
    const folder = archiveFolder(path)
    await Promise.all(Array.from({ length: 8 }, () => keep(folder, archive)))

    expect(await filesIn(path)).toHaveLength(1)
    expect(await listedIn(path)).toHaveLength(1)
  })

  test('keeps a run that was put back and archived anew beside what it was', async () => {
    const path = await newFolder()
    const folder = archiveFolder(path)
    await keep(folder, await anArchive('r', 'first'))
    await keep(folder, await anArchive('r', 'second'))

    const listed = await listedIn(path)
    expect(listed.map(({ runId }) => runId)).toEqual(['r', 'r'])
    expect(await readArchive(join(path, listed[1]!.file))).toEqual(aBundle('r', 'second'))
  })

  test('is CONFLICT when another file has the name, which stays', async () => {
    const path = await newFolder()
    const archive = await anArchive('r')
    await keep(archiveFolder(path), archive)
    const [file] = await filesIn(path)
    await writeFile(join(path, file!), 'something else')

    await expect(keep(archiveFolder(path), archive)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining(file!),
    })
    expect(await readFile(join(path, file!), 'utf8')).toBe('something else')
    await expect(readArchive(join(path, file!))).rejects.toMatchObject({ code: 'CORRUPT' })
  })

  test('that is not there is UNAVAILABLE, and is not made', async () => {
    const path = join(await newFolder(), 'not there')
    await expect(keep(archiveFolder(path), await anArchive('r'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/run r .*not there.*ENOENT/),
    })
    await expect(readdir(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('that vanishes is UNAVAILABLE, and goes on when it is back', async () => {
    const path = await newFolder()
    const folder = archiveFolder(path)
    await keep(folder, await anArchive('r1'))
    await rename(path, `${path} elsewhere`)
    folders.push(`${path} elsewhere`)
    await expect(keep(folder, await anArchive('r2'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(readdir(path)).rejects.toMatchObject({ code: 'ENOENT' })
    await rename(`${path} elsewhere`, path)
    await keep(folder, await anArchive('r2'))

    expect((await listedIn(path)).map(({ runId }) => runId)).toEqual(['r1', 'r2'])
  })

  test('goes on when all that was in it is gone, as when another disk is mounted there', async () => {
    const path = await newFolder()
    const folder = archiveFolder(path)
    await keep(folder, await anArchive('r1'))
    for (const name of await readdir(path)) await rm(join(path, name), { recursive: true })
    await keep(folder, await anArchive('r2'))

    expect((await listedIn(path)).map(({ runId }) => runId)).toEqual(['r2'])
  })

  test('says beforehand whether anything can be kept, and leaves nothing by that', async () => {
    const path = await newFolder()
    await archiveFolder(path).check?.()
    expect(await readdir(path)).toEqual(['.partial'])
    expect(await readdir(join(path, '.partial'))).toEqual([])
    await expect(archiveFolder(join(path, 'not there')).check?.()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/not there.*ENOENT/),
    })
  })

  test('loses what others left half made once nobody is at it, whoever they were', async () => {
    const path = await newFolder()
    await archiveFolder(path).check?.()
    const left = (name: string) => join(path, '.partial', `${name}.${crypto.randomUUID()}.partial`)
    const [old, young, notes] = [left('r1'), left('r2'), join(path, '.partial', 'notes')]
    const [now, before] = [new Date(), new Date(Date.now() - 3_600_000)]
    for (const [file, at] of [
      [old, before],
      [young, now],
      [notes, before],
    ] as const) {
      await writeFile(file, 'half of it')
      await utimes(file, at, at)
    }
    await archiveFolder(path).check?.()

    expect((await readdir(join(path, '.partial'))).sort()).toEqual([basename(young), 'notes'].sort())
  })

  test('that is a file is UNAVAILABLE', async () => {
    const path = join(await newFolder(), 'file')
    await writeFile(path, 'not a folder')
    await expect(keep(archiveFolder(path), await anArchive('r'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })

  test('is refused as a path that is none', () => {
    for (const path of ['', 'a\0b', undefined, 7]) {
      expect(() => archiveFolder(path as string)).toThrow(expect.objectContaining({ code: 'INVALID' }))
    }
  })

  for (const left of [1, 40]) {
    test(`passes over a line of its manifest that was cut short, with ${left} bytes left`, async () => {
      const path = await newFolder()
      const manifest = join(path, 'manifest.jsonl')
      await keep(archiveFolder(path), await anArchive('r1'))
      const { length } = await readFile(manifest)
      await keep(archiveFolder(path), await anArchive('r2'))
      await truncate(manifest, length + left)
      expect((await listedIn(path)).map(({ runId }) => runId)).toEqual(['r1'])
      await keep(archiveFolder(path), await anArchive('r3'))
      await keep(archiveFolder(path), await anArchive('r2'))

      expect((await listedIn(path)).map(({ runId }) => runId)).toEqual(['r1', 'r3', 'r2'])
    })
  }

  test('passes over what is no line of a manifest', async () => {
    const path = await newFolder()
    await keep(archiveFolder(path), await anArchive('r1'))
    await appendFile(join(path, 'manifest.jsonl'), 'null\n7\n[]\n{"runId":7}\n{}\n')
    await keep(archiveFolder(path), await anArchive('r2'))
    expect((await listedIn(path)).map(({ runId }) => runId)).toEqual(['r1', 'r2'])
  })
})

describe('an archive that is read from a file', () => {
  test('is CORRUPT when it is not what was kept, and UNAVAILABLE when it is not there', async () => {
    const path = await newFolder()
    const { compressed } = await anArchive('r')
    const whole = join(path, 'whole.zst')
    await writeFile(whole, compressed)
    expect(await readArchive(whole)).toEqual(aBundle('r'))

    const half = join(path, 'half.zst')
    await writeFile(half, compressed.subarray(0, compressed.length / 2))
    const plain = join(path, 'plain.zst')
    await writeFile(plain, 'not compressed')
    for (const file of [half, plain]) {
      await expect(readArchive(file)).rejects.toMatchObject({
        code: 'CORRUPT',
        message: expect.stringContaining(file),
      })
    }
    await expect(readArchive(join(path, 'none'))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(readArchive(path)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('is UNSUPPORTED on a Node that cannot unpack it, for it may be whole', async () => {
    const path = await newFolder()
    const file = join(path, 'whole.zst')
    await writeFile(file, (await anArchive('r')).compressed)
    const { zstdDecompress } = zlib
    onTestFinished(() => void Object.assign(zlib, { zstdDecompress }))
    Object.assign(zlib, { zstdDecompress: undefined })

    await expect(readArchive(file)).rejects.toMatchObject({ code: 'UNSUPPORTED' })
  })
})

describe('a process that is killed while it keeps archives', () => {
  test('leaves files that are whole, and nothing that stays', { timeout: 120_000 }, async () => {
    const path = await newFolder()
    const archives = await Promise.all(
      Array.from({ length: 40 }, (_, i) => anArchive(`r${i}`, `${i} `.repeat(200_000))),
    )
    const sources = await newFolder()
    for (const { runId, compressed } of archives) await writeFile(join(sources, runId), compressed)
    const plain = archives.map(({ compressed: _, ...archive }) => archive)
    await writeFile(join(sources, 'archives.json'), JSON.stringify(plain))

    const kept = new Set<unknown>()
    for (let round = 0; round < 8; round++) {
      const keeper = fork(new URL('keep-archives.ts', import.meta.url), [sources, path], { execArgv: [] })
      keeper.on('message', (id) => kept.add(id))
      await once(keeper, 'message')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30))
      keeper.kill('SIGKILL')
      await once(keeper, 'exit')
      for (const file of await filesIn(path)) await readArchive(join(path, file))
    }

    const listed = new Set((await listedIn(path)).map(({ runId }) => runId))
    for (const id of kept) expect(listed).toContain(id)
    const folder = archiveFolder(path)
    for (const archive of archives) await keep(folder, archive)
    expect(await filesIn(path)).toHaveLength(archives.length)
    expect((await listedIn(path)).map(({ runId }) => runId).sort()).toEqual(
      archives.map(({ runId }) => runId).sort(),
    )
    for (const left of await readdir(join(path, '.partial'))) {
      await utimes(join(path, '.partial', left), new Date(0), new Date(0))
    }
    await archiveFolder(path).check?.()
    expect(await readdir(join(path, '.partial'))).toEqual([])
  })
})

describe('a folder without room', () => {
  test('is FULL, keeps no half file, and goes on when there is room', { timeout: 60_000 }, async () => {
    const path = await smallDisk(1024 * 1024)
    const folder = archiveFolder(path)
    await keep(folder, await anArchive('fits'))
    const ballast = join(path, 'ballast')
    await writeFile(ballast, Buffer.alloc(900 * 1024))
    const large = await anArchive('large', noise(400_000))

    await expect(keep(folder, large)).rejects.toMatchObject({
      code: 'FULL',
      message: expect.stringContaining('run large'),
    })
    expect(await filesIn(path)).toHaveLength(1)
    expect(await readdir(join(path, '.partial'))).toEqual([])
    expect((await listedIn(path)).map(({ runId }) => runId)).toEqual(['fits'])
    await rm(ballast)
    await keep(folder, large)
    expect((await listedIn(path)).map(({ runId }) => runId)).toEqual(['fits', 'large'])
    for (const file of await filesIn(path)) await readArchive(join(path, file))
  })

  test('that cannot be written to is UNAVAILABLE', async () => {
    const path = await smallDisk(1024 * 1024)
    execFileSync('mount', ['-o', 'remount,ro', path])
    await expect(archiveFolder(path).check?.()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await expect(keep(archiveFolder(path), await anArchive('r'))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('EROFS'),
    })
  })
})

/** A file system of its own, of so many bytes. */
async function smallDisk(bytes: number): Promise<string> {
  const path = await newFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path], { stdio: 'pipe' })
  } catch (cause) {
    throw new Error(
      'Mounting a small file system takes root: run the tests as root, or in a user namespace',
      { cause },
    )
  }
  onTestFinished(() => void execFileSync('umount', [path]))
  return path
}

/** Text that does not become smaller. */
function noise(length: number): string {
  let text = ''
  for (let i = 0; text.length < length; i++) text += digest(String(i))
  return text
}
