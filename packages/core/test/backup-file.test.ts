import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { mayReplace, mustBeClosed } from '../src/backup-file.ts'

test('what cannot be looked at is not taken for nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'consensus-backup-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'backup')
  await mayReplace(path)
  for (const end of ['', '-wal']) symlinkSync(`${path}${end}`, `${path}${end}`)

  await expect(mustBeClosed(path)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(mayReplace(path)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  rmSync(`${path}-wal`)
  await expect(mayReplace(path)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})
