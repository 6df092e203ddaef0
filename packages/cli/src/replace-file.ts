import { open, rename, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { IO } from './io.ts'

type Write = (text: string) => Promise<void>

/** Fills a file under a temporary name beside it, then puts it in place. Whoever looks sees the old file or the whole new one. */
export async function replaceFile(
  { cwd, signal }: Pick<IO, 'cwd' | 'signal'>,
  path: string,
  fill: (write: Write) => Promise<void>,
): Promise<void> {
  const target = resolve(cwd, path)
  const temporary = `${target}.${process.pid}.tmp`
  const file = await open(temporary, 'wx')
  try {
    try {
      await fill(async (text) => {
        signal.throwIfAborted()
        await file.writeFile(text)
      })
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
