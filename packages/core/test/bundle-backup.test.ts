import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { backupFormat, mayReplace, SQLITE_BACKUP_ID } from '../src/backup-file.ts'
import { decodeLabel, encodeLabel, LABEL_BYTES } from '../src/backup-label.ts'
import { backupBundles, restoreBackup, StoreError } from '../src/index.ts'
import { aStore } from './a-store.ts'

const label = { runs: 3, digest: `sha256:${'a'.repeat(64)}`, checksum: `sha256:${'b'.repeat(64)}` }

function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-store-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'backup')
}

const empty = () => aStore({ runs: { list: async () => ({ items: [], next: undefined }) } })

describe('the label of a backup', () => {
  test('is read as it was written, from the end of the file', () => {
    expect(decodeLabel(encodeLabel(label))).toEqual(label)
    expect(encodeLabel({ ...label, runs: Number.MAX_SAFE_INTEGER })).toHaveLength(LABEL_BYTES)
  })

  test('is none when it is cut, spoiled or of something else', () => {
    const frame = encodeLabel(label)
    for (const other of [Buffer.alloc(0), frame.subarray(1), Buffer.alloc(LABEL_BYTES), frame.fill('{', 8)]) {
      expect(decodeLabel(other)).toBeUndefined()
    }
  })

  test('of a newer version is SCHEMA', () => {
    const frame = encodeLabel(label)
    frame.write(frame.toString('utf8', 8).replace('"version":1', '"version":2'), 8)
    expect(() => decodeLabel(frame)).toThrow(StoreError)
    expect(() => decodeLabel(frame)).toThrow('newer')
  })

  test('is passed over by whoever decompresses the backup', async () => {
    const file = newFile()
    await backupBundles(empty(), file)
    const whole = readFileSync(file)
    expect(whole.length).toBeGreaterThan(LABEL_BYTES)
    expect(zstdDecompressSync(whole)).toHaveLength(0)
  })
})

/** The first page of a SQLite database, as far as it says what the database is for. */
function database(applicationId: number): Buffer {
  const page = Buffer.alloc(512)
  page.write('SQLite format 3\0')
  page.writeInt32BE(applicationId, 68)
  return page
}

describe('a backup', () => {
  test('that is nothing but its label is CORRUPT', async () => {
    const file = newFile()
    writeFileSync(file, encodeLabel(label))
    const store = aStore({
      runs: { list: async () => ({ items: [], next: undefined }) },
      events: { readAll: async () => [] },
      cursors: { list: async () => [] },
    })
    await expect(restoreBackup(file, store)).rejects.toMatchObject({ code: 'CORRUPT' })
  })
})

describe('a file at the place of a backup', () => {
  test('is told by what is in it', async () => {
    const file = newFile()
    expect(await backupFormat(file)).toBeUndefined()
    writeFileSync(file, 'dear diary')
    expect(await backupFormat(file)).toBeUndefined()
    writeFileSync(file, 'SQLite format 3\0 and so on')
    expect(await backupFormat(file)).toBe('sqlite')
    writeFileSync(file, Buffer.concat([Buffer.from('anything'), encodeLabel(label)]))
    expect(await backupFormat(file)).toBe('bundles')
  })

  test('may be replaced when it is a backup, which not every database is', async () => {
    const file = newFile()
    const refused = () => expect(mayReplace(file)).rejects.toMatchObject({ code: 'CONFLICT' })
    await mayReplace(file)
    writeFileSync(file, database(SQLITE_BACKUP_ID))
    await mayReplace(file)
    writeFileSync(file, Buffer.concat([Buffer.from('anything'), encodeLabel(label)]))
    await mayReplace(file)
    for (const other of [database(0), database(7), database(0).subarray(0, 20), 'dear diary', '']) {
      writeFileSync(file, other)
      await refused()
    }
    rmSync(file)
    mkdirSync(file)
    await refused()
  })

  test('may not be replaced while somebody has it open as a database, or left a log beside it', async () => {
    const file = newFile()
    const beside = (end: string, content: string) => {
      writeFileSync(`${file}${end}`, content)
      onTestFinished(() => rmSync(`${file}${end}`, { force: true }))
    }
    writeFileSync(file, database(SQLITE_BACKUP_ID))
    for (const end of ['-wal', '-journal']) {
      beside(end, '')
      await mayReplace(file)
    }
    for (const [end, content] of [
      ['-wal', 'what was committed since'],
      ['-journal', 'what was there before'],
      ['-shm', ''],
    ] as const) {
      beside(end, content)
      await expect(mayReplace(file)).rejects.toMatchObject({
        code: 'CONFLICT',
        message: expect.stringContaining(`${file}${end}`),
      })
      rmSync(`${file}${end}`)
    }
    // A log without its database would be taken for the one of the next that comes there.
    rmSync(file)
    beside('-wal', 'what was committed once')
    await expect(mayReplace(file)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
