import { type ConsensusStore, StoreError } from '@consensus-store/core'
import { call, type MethodName } from './methods.ts'
import { oneOf } from './random.ts'

/**
 * Makes some write, over so few ids and facts that it is often a repetition or a conflict. Gives the refusal when it was
 * one that a story may run into.
 */
export function anything(store: ConsensusStore, next: () => number): Promise<StoreError | undefined> {
  const pick = <T>(...items: T[]) => oneOf(items, next)
  const run = () => pick('r1', 'r2', 'r3')
  const agent = () => pick('a1', 'a2', 'a3', 'a4', 'a5', 'a6')
  const args: Partial<Record<MethodName, () => unknown[]>> = {
    'runs.start': () => [{ id: run(), specId: 'S', stage: pick('plan', 'plan', 'plan', 'tasks') }],
    'runs.conclude': () => [run(), { verdict: pick('unanimous', 'failed') }],
    'runs.abandon': () => [run()],
    'runs.pin': () => [run()],
    'runs.unpin': () => [run()],
    'executions.spawn': () => [
      { agentId: agent(), runId: run(), agentName: pick('code', 'claude'), phaseType: 'regular-stage' },
    ],
    'executions.start': () => [agent()],
    'executions.complete': () => [agent(), { response: pick('', 'done') }],
    'executions.fail': () => [agent(), { reason: 'error', message: '', response: pick(undefined, 'done') }],
    'executions.cancel': () => [agent()],
    'executions.timeOut': () => [agent()],
    'artifacts.add': () => [
      { id: pick('x', 'y', 'z'), runId: run(), agentName: 'code', content: pick<unknown>(0, -0, {}) },
    ],
    'syntheses.add': () => [
      { id: pick('x', 'y', 'z'), runId: run(), verdict: 'failed', markdown: pick('', '# Done') },
    ],
  }
  // Runs end seldom, or nothing else would ever happen.
  const often = Object.keys(args).flatMap((name) =>
    /conclude|abandon/.test(name) ? [name] : Array(6).fill(name),
  )
  const method = oneOf(often as MethodName[], next)
  return refusalOf(call(store, method, args[method]!()))
}

async function refusalOf(doing: Promise<unknown>): Promise<StoreError | undefined> {
  try {
    await doing
    return undefined
  } catch (error) {
    if (error instanceof StoreError && ['NOT_FOUND', 'CONFLICT'].includes(error.code)) return error
    throw error
  }
}
