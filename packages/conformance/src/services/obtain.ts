import { keep } from './keep.ts'
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
  service: 'postgres' | 'redis',
  { ways = everyWay, own = false, durable = false }: ServiceOptions,
  advice: readonly string[],
): Promise<Obtained> {
  const name = `CONSENSUS_TEST_${service.toUpperCase()}_URL`
  const url = process.env[name]
  if (url && !own && ways.includes('environment')) {
    const describe = `${service} at ${withoutPassword(url)}, from ${name}`
    say(service, 'environment', describe)
    return { url, took: 'environment', describe, power: undefined, stop: async () => {} }
  }
  try {
    const kept = await keep({ service, ways, durable })
    say(service, kept.took, kept.describe, kept.missed)
    const { url, took, describe } = kept
    return { url, took, describe, power: own ? kept.power : undefined, stop: kept.release }
  } catch (cause) {
    const reasons = cause instanceof Error ? cause.message : cause
    const list = advice.map((line) => `  - ${line}`).join('\n')
    throw new Error(`There is no ${service} to test with.\n${reasons}\nTo have one, either\n${list}`, {
      cause,
    })
  }
}

function say(service: string, took: Way, describe: string, missed: readonly string[] = []): void {
  const because = missed.length > 0 ? ` (${missed.join('; ')})` : ''
  process.stderr.write(`${service} for tests: ${took}, ${describe}${because}\n`)
}

function withoutPassword(text: string): string {
  const url = new URL(text)
  if (url.password) url.password = '***'
  return url.href
}
