import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Server } from './server.ts'

/** Starts a server in a new folder, which is removed when the server has ended or cannot be started. */
export async function inServerFolder(
  service: string,
  start: (folder: string) => Promise<Server>,
): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), `consensus-store-${service}-`))
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 10 })
  try {
    const server = await start(folder)
    return { ...server, end: () => server.end().finally(remove) }
  } catch (error) {
    await remove()
    throw error
  }
}
