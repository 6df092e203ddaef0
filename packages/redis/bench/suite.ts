import { named, type Suite } from '@consensus-store/conformance/bench'
import { trials } from './trials.ts'
import { workshop } from './workshop.ts'

/** The trials of the routing cache; on few routes with `once`. Redis is started by the first of them that is run. */
export function redisSuite(once: boolean): Suite {
  const shop = workshop(once ? 1_000 : 20_000)
  return {
    trials: named('redis', trials(shop)),
    facts: () => shop.facts(),
    [Symbol.asyncDispose]: () => shop.close(),
  }
}
