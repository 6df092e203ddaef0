import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { startUntil } from './child.ts'
import { onFreePort } from './free-port.ts'
import type { RedisBinary } from './redis-binary.ts'
import { redisUrl } from './redis-settings.ts'
import type { Member } from './server.ts'

export interface RedisProcess extends Member {
  readonly port: number
  end(): Promise<void>
}

interface RedisProcessOptions {
  readonly binary: RedisBinary
  /** Where its data is; made when it is missing. */
  readonly folder: string
  /** What it is told beside its address and its folder. */
  readonly words: readonly string[]
  /** What it prints when it is there to be used. */
  readonly ready?: string
  /** The distance from its port to another one that it listens on. */
  readonly busOffset?: number
}

/** Starts a `redis-server` on a port of the loopback interface that stays its own when it starts again. */
export async function redisProcess(options: RedisProcessOptions): Promise<RedisProcess> {
  const { binary, folder, words, ready = 'Ready to accept connections', busOffset } = options
  await mkdir(folder, { recursive: true })
  const start = (port: number) => {
    const environment = { cwd: folder, env: { ...process.env, ...binary.env, LC_ALL: 'C' } }
    const address = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder]
    return startUntil(ready, binary.command, [...words, ...address], environment)
  }
  const { port, child } = await onFreePort(async (port) => ({ port, child: await start(port) }), busOffset)
  let running = child
  return {
    port,
    url: redisUrl('127.0.0.1', port),
    crash: () => running.end('SIGKILL'),
    async restart() {
      running = await start(port)
    },
    end: () => running.end('SIGKILL'),
  }
}

/** Starts several in folders of their own beneath one; when one fails the others end. */
export async function redisProcesses(
  folder: string,
  each: readonly Omit<RedisProcessOptions, 'folder'>[],
): Promise<RedisProcess[]> {
  const started = await Promise.allSettled(
    each.map((options, i) => redisProcess({ ...options, folder: join(folder, `${i}`) })),
  )
  const processes = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failed = started.find((one) => one.status === 'rejected')
  if (!failed) return processes
  await Promise.all(processes.map((process) => process.end()))
  throw failed.reason
}
