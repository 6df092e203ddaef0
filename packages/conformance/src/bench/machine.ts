import { arch, cpus, platform, totalmem } from 'node:os'

/** What figures were measured on. */
export interface Machine {
  readonly node: string
  readonly platform: string
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  /** What the backend adds: the version of its database, as a rule. */
  readonly [fact: string]: string | number
}

export const machine = (facts: Readonly<Record<string, string | number>> = {}): Machine => ({
  node: process.versions.node,
  ...facts,
  platform: `${platform()} ${arch()}`,
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
})
