import { randomUUID } from 'node:crypto'
import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Milliseconds between two signs of life of what is being made. */
const TOUCHED_EVERY_MS = 5_000
/** Milliseconds without one after which nobody is at it any more. */
const ABANDONED_AFTER_MS = 60_000

/** A name for what is to be at `path` while it is being made, which nobody else was given. */
export const partialOf = (path: string): string => `${path}.${randomUUID()}.partial`

/** What `partialOf` gives, and what a database has beside it. */
const PARTIAL = /^(?<partial>(?<of>.+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.partial)(?:-[a-z]+)?$/

/**
 * Does something that takes long, and lets those who tidy up know that somebody is at it: by the time of the file or the
 * folder. Who has it cannot be told by a process's number, which in another container is another process's.
 */
export async function attended<T>(
  path: string,
  work: () => Promise<T>,
  everyMs = TOUCHED_EVERY_MS,
): Promise<T> {
  const touch = async () => {
    const now = new Date()
    await utimes(path, now, now).catch(() => undefined)
  }
  // At once, because a server that has the file may have another clock.
  await touch()
  const timer = setInterval(touch, everyMs).unref()
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

/** A clock that was set back since must not make it last for ever. */
export const isOver = (touchedAt: number, afterMs: number) => Math.abs(Date.now() - touchedAt) > afterMs

/** Removes what nobody in a folder is at any more, of one path or of all. */
export async function removeAbandoned(folder: string, of?: string): Promise<void> {
  const touched = new Map<string, { names: string[]; at: number }>()
  for (const name of await readdir(folder)) {
    const found = PARTIAL.exec(name)?.groups as { partial: string; of: string } | undefined
    if (!found || (of !== undefined && found.of !== of)) continue
    const { names, at } = touched.get(found.partial) ?? { names: [], at: Number.NEGATIVE_INFINITY }
    // What lies beside a database stays untouched while it is only read.
    const own = (await stat(join(folder, name)).catch(() => undefined))?.mtimeMs ?? at
    touched.set(found.partial, { names: [...names, name], at: Math.max(at, own) })
  }
  for (const { names, at } of touched.values()) {
    if (!isOver(at, ABANDONED_AFTER_MS)) continue
    for (const name of names) await rm(join(folder, name), { force: true })
  }
}

/** Removes what was being made, with what a database has beside it. */
export async function removePartial(partial: string): Promise<void> {
  const [folder, begin] = [dirname(partial), basename(partial)]
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (name.startsWith(begin)) await rm(join(folder, name), { force: true }).catch(() => undefined)
  }
}
