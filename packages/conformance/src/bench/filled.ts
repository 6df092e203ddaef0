import { createHash } from 'node:crypto'

/** When the first run of every filled history started; one more starts every second. */
const FIRST_AT = Date.UTC(2026, 0, 5, 9)

/** When a run of a filled history started, in milliseconds since 1970. */
export const startedAt = (run: number): number => FIRST_AT + run * 1_000

/** The id of a run of a filled history. */
export const runId = (run: number): string => idAt('run', run)
/** The id of the agent of a run of a filled history. */
export const agentId = (run: number): string => idAt('agent', run)

/** As a version 7 uuid made when the run started, but always the same for the same run. */
function idAt(noun: string, run: number): string {
  const time = startedAt(run).toString(16).padStart(12, '0')
  const rest = createHash('md5').update(`${noun} ${run}`).digest('hex')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`
}

const STAGES = ['plan', 'tasks', 'implement', 'validate'] as const

/** Each spec of a history of `runs` goes through its stages some ten times. */
export function stageOf(run: number, runs: number): { specId: string; stage: string } {
  const specs = Math.ceil(runs / 40)
  return { specId: `SPEC-${run % specs}`, stage: STAGES[Math.floor(run / specs) % STAGES.length]! }
}

/** Runs spread over a history in an order that has no pattern, but is always the same. */
export function sample(runs: number, most = 100_000): readonly number[] {
  const size = Math.min(runs, most)
  const picked = Array.from({ length: size }, (_, i) => Math.floor((i * runs) / size))
  let state = 1
  for (let i = size - 1; i > 0; i--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const j = state % (i + 1)
    const swapped = picked[i]!
    picked[i] = picked[j]!
    picked[j] = swapped
  }
  return picked
}

/** Gives the items one after the other, over and over. */
export function cycle<T>(items: readonly T[]): () => T {
  let next = 0
  return () => {
    const item = items[next]!
    next = next + 1 === items.length ? 0 : next + 1
    return item
  }
}
