import type { Action } from './action.ts'
import { literal } from './literal.ts'
import { sameOutcome } from './outcome.ts'
import type { Divergence } from './play.ts'
import type { Call } from './step.ts'

/** A TypeScript program that does the same to a store that differs and to the first one, and shows where they do. */
export function programOf({ actions, outcomes }: Divergence): string {
  const [reference] = outcomes
  const different = outcomes.find(([, outcome]) => !sameOutcome(outcome, reference![1]))!
  const stores = [reference![0], different[0]]
  return `import { reproduce, type Stores } from '@consensus-store/conformance/differential'
${[...new Set(stores.map(({ source }) => source.imports))].join('\n')}

const stores: Stores = {
${stores.map(({ name, source }) => `  ${literal(name)}: async (env) => ${source.open},`).join('\n')}
}

await reproduce(stores, async ({ store, clock, tell, must, followLog, everythingIn }) => {
${actions.map((action) => `  ${lines(action).join('\n  ')}`).join('\n')}
})
`
}

function lines(action: Action): readonly string[] {
  switch (action.does) {
    case 'call':
      return [telling(called('store', action.call))]
    case 'wait':
      return [`clock.advance(${action.ms})`]
    case 'follow':
      return [telling(`followLog(store, ${action.place}, ${action.limit})`)]
    case 'read everything':
      return [telling('everythingIn(store)')]
    case 'transaction': {
      const { calls, goesOn, throws, strays } = action.transaction
      return [
        'await tell(() => store.transaction(async (tx) => {',
        ...calls.map((call) => `  ${telling(called('tx', call), goesOn ? 'tell' : 'must')}`),
        ...(strays ? [`  ${telling('store.runs.list()')}`] : []),
        `  ${throws ? "throw new Error('undone')" : `return ${calls.length}`}`,
        '}))',
      ]
    }
  }
}

const telling = (expression: string, how = 'tell') => `await ${how}(() => ${expression})`
const called = (nouns: string, { method, args }: Call) =>
  `${nouns}.${method}(${args.map(literal).join(', ')})`
