import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { backupFormat, mayReplace } from '../src/backup-file.ts'
import { decodeLabel, encodeLabel, LABEL_BYTES } from '../src/backup-label.ts'
import { backupBundles, StoreError } from '../src/index.ts'
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

  test('may be replaced when it is a backup that nobody has open as a database', async () => {
    const file = newFile()
    await mayReplace(file)
    writeFileSync(file, 'SQLite format 3\0 and so on')
    await mayReplace(file)
    writeFileSync(`${file}-wal`, '')
    await mayReplace(file)
    writeFileSync(`${file}-wal`, 'what was committed since')
    await expect(mayReplace(file)).rejects.toMatchObject({ code: 'CONFLICT' })
    rmSync(`${file}-wal`)
    writeFileSync(file, 'dear diary')
    await expect(mayReplace(file)).rejects.toMatchObject({ code: 'CONFLICT' })
  })
})
