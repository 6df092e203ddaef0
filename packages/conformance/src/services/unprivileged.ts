import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/** Who a server runs as: nothing to set, or another user where this process is root. */
export interface Identity {
  readonly uid?: number
  readonly gid?: number
}

const run = promisify(execFile)

/** Postgres refuses to run as root. It also looks its user up by id, so only a user the system knows will do. */
export async function unprivileged(): Promise<Identity> {
  if (process.getuid?.() !== 0) return {}
  for (const user of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([idOf('-u', user), idOf('-g', user)])
      return { uid, gid }
    } catch {}
  }
  throw new Error(
    'Postgres does not run as root, and there is neither a user postgres nor nobody to run it as',
  )
}

const idOf = async (flag: string, user: string) => Number((await run('id', [flag, user])).stdout)
