import { named, type Suite } from '@consensus-store/conformance/bench'
import { trials } from './trials/index.ts'
import { workshop } from './workshop.ts'

/** The trials of this backend; on a small history, and a server that does not wait for its disk, with `once`. The server is started by the first of them that is run. */
export function postgresSuite(once: boolean): Suite {
  const shop = workshop(!once)
  return {
    trials: named('postgres', once ? trials(shop, 1_000) : trials(shop, 100_000, 1_000_000)),
    facts: () => shop.facts(),
    [Symbol.asyncDispose]: () => shop.close(),
  }
}
