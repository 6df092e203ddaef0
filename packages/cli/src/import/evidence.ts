import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { invalid, StoreError } from '@consensus-store/core'
import { capture } from './capture.ts'
import { type EvidenceFile, type EvidenceFolder, suggestedKind } from './evidence-file.ts'
import { exported } from './exported.ts'
import { refusal } from './refusal.ts'
import type { Refused, RowSource, Unit } from './unit.ts'

/** A folder of what runs exported, with folders in it, in either naming; or one such file. */
export const evidence = (path: string): RowSource => ({
  kind: 'rows',
  name: 'evidence',
  read: () =>
    statSync(path).isDirectory()
      ? folder(path, path)
      : read({ path: dirname(path), root: dirname(path), names: new Set([basename(path)]) }),
})

function* folder(path: string, root: string): Generator<Unit | Refused> {
  const names = new Set<string>()
  const folders: string[] = []
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) folders.push(entry.name)
      else names.add(entry.name)
    }
  } catch (error) {
    yield unreadable(path, root, error)
    return
  }
  yield* read({ path, root, names })
  for (const name of folders.sort()) yield* folder(join(path, name), root)
}

function* read(within: EvidenceFolder): Generator<Unit | Refused> {
  for (const name of [...within.names].sort()) {
    if (!/\.jsonl?$/i.test(name)) continue
    const path = join(within.path, name)
    const file: EvidenceFile = { within, name, path, place: { file: relative(within.root, path) } }
    try {
      // Reading a pipe or a device might never end.
      if (!statSync(path).isFile()) throw invalid('the file', 'is not a regular one')
      yield* capture(file) ?? exported(file)
    } catch (error) {
      const refused =
        error instanceof StoreError ? refusal(suggestedKind(name), file.place, error) : undefined
      yield refused ?? unreadable(path, within.root, error)
    }
  }
}

/** What the system will not let us read is named, and the rest arrives. Any other error is ours. */
function unreadable(path: string, root: string, error: unknown): Refused {
  const { code, syscall, message } = error as NodeJS.ErrnoException
  const tooLong = code === 'ERR_STRING_TOO_LONG' || code === 'ERR_FS_FILE_TOO_LARGE'
  if (!syscall && !tooLong) throw error
  return {
    kind: suggestedKind(basename(path)),
    place: { file: relative(root, path) || '.' },
    reason: `cannot be read: ${tooLong ? 'it is too large' : message.replace(/, \w+ '.*$/s, '')}`,
  }
}
