import { askHost } from './host-client.ts'
import { type Kept, keep } from './keep.ts'
import type { Demand } from './keeper.ts'
import type { Power, ServiceOptions, Way } from './service.ts'

/** A server that is there to be used, started for it or not. */
export interface Obtained {
  readonly url: string
  readonly took: Way
  readonly describe: string
  readonly power: Power | undefined
  stop(): Promise<void>
}

const everyWay: readonly Way[] = ['environment', 'docker', 'local']

/** Takes the first way to a server that is open. Rejects with every reason and the advice when none is. */
export async function obtain(
  service: Demand['service'],
  { ways = waysAllowed(), own = false, durable = false }: ServiceOptions,
  advice: readonly string[],
): Promise<Obtained> {
  const named = own || !ways.includes('environment') ? undefined : fromEnvironment(service)
  if (named) return named
  const demand = { service, ways, durable }
  try {
    const shared = own ? undefined : await askHost(demand)
    if (shared) return { ...shared, power: undefined, stop: async () => {} }
    const { url, took, describe, power, release } = await start(demand)
    return { url, took, describe, power: own ? power : undefined, stop: release }
  } catch (cause) {
    throw nothing(service, advice, cause)
  }
}

/** A server of several members that nobody else uses. Neither the environment nor Docker can give one. */
export async function obtainOwn(demand: Omit<Demand, 'ways' | 'durable'>): Promise<Kept> {
  try {
    return await start({ ...demand, ways: ['local'], durable: false })
  } catch (cause) {
    throw nothing(demand.service, ['put redis-server on the PATH'], cause)
  }
}

function nothing(service: string, advice: readonly string[], cause: unknown): Error {
  const reasons = cause instanceof Error ? cause.message : cause
  const list = advice.map((line) => `\n  - ${line}`).join('')
  return new Error(`There is no ${service} to test with.\n${reasons}\nTo have one, either${list}`, { cause })
}

/** Has a server started and says, on stderr, which way was taken and why no other. */
export async function start(demand: Demand): Promise<Kept> {
  const kept = await keep(demand)
  const { missed, took, describe } = kept
  const because = missed.length > 0 ? ` (${missed.join('; ')})` : ''
  process.stderr.write(`${demand.service} for tests: ${took}, ${describe}${because}\n`)
  return kept
}

/** CONSENSUS_TEST_WAYS narrows what is tried unless a caller says otherwise, so that CI can insist on one way. */
function waysAllowed(): readonly Way[] {
  const words = process.env.CONSENSUS_TEST_WAYS?.split(',').filter(Boolean) ?? everyWay
  const unknown = words.find((word) => !everyWay.includes(word as Way))
  if (unknown) throw new Error(`CONSENSUS_TEST_WAYS says ${unknown}, which is none of ${everyWay.join(', ')}`)
  return words as readonly Way[]
}

const told = new Set<string>()

function fromEnvironment(service: Demand['service']): Obtained | undefined {
  const variable = `CONSENSUS_TEST_${service.toUpperCase()}_URL`
  const url = process.env[variable]
  if (!url) return undefined
  const describe = `${withoutPassword(url, variable)}, from ${variable}`
  if (!told.has(describe)) process.stderr.write(`${service} for tests: environment, ${describe}\n`)
  told.add(describe)
  return { url, took: 'environment', describe, power: undefined, stop: async () => {} }
}

function withoutPassword(text: string, variable: string): string {
  if (!URL.canParse(text)) throw new Error(`${variable} is not a URL`)
  const url = new URL(text)
  if (url.password) url.password = '***'
  return url.href
}
