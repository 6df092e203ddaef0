import { arch, cpus, platform, totalmem } from 'node:os'

/** What figures were measured on. */
export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly [fact: string]: string | number
}

/** What a backend adds: the version of its database, as a rule. */
export type Facts = Readonly<Record<string, string | number>>

export const machine = (facts: Facts = {}): Machine => ({
  node: process.versions.node,
  ...facts,
  platform: `${platform()} ${arch()}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
})
