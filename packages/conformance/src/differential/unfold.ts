import type { Bundle, Page, Run } from '@consensus-store/core'
import { goldenBundle } from '../golden-bundle.ts'
import type { Action } from './action.ts'
import { altered } from './alteration.ts'
import type { Outcome } from './outcome.ts'
import type { Call, Step } from './step.ts'

/** Every action of a history in turn. It is told the outcome of each, to which later ones may refer. */
export function* unfold(steps: readonly Step[]): Generator<Action, void, Outcome> {
  let lastCursor: string | undefined
  for (const step of steps) {
    switch (step.does) {
      case 'list': {
        let cursor: string | undefined
        for (let page = 0; page < step.pages && (page === 0 || cursor); page++) {
          cursor = nextIn(yield withCursor(step.call, cursor))
          lastCursor = cursor ?? lastCursor
        }
        break
      }
      case 'list on':
        yield withCursor(step.call, lastCursor)
        break
      case 'record': {
        const listed = givenBy<Page<Run>>(yield { does: 'call', call: { method: 'runs.list', args: [] } })
        const run = listed?.items[step.run % listed.items.length]
        const bundle = run
          ? givenBy<Bundle>(yield { does: 'call', call: { method: 'runs.bundle', args: [run.id] } })
          : goldenBundle()
        if (!bundle) break
        yield { does: 'call', call: { method: 'runs.record', args: [altered(bundle, step.alteration)] } }
        break
      }
      default:
        yield step
    }
  }
  yield { does: 'read everything' }
}

const withCursor = ({ method, args }: Call, cursor: string | undefined): Action => ({
  does: 'call',
  call: { method, args: [{ ...(args[0] as object), ...(cursor !== undefined && { cursor }) }] },
})

const nextIn = (outcome: Outcome) => givenBy<Page<unknown>>(outcome)?.next

/** The value of a call that was not refused. */
const givenBy = <T>(outcome: Outcome): T | undefined =>
  'value' in outcome ? (outcome.value as T) : undefined
