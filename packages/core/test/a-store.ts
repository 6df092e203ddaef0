import type { ConsensusStore, Nouns } from '../src/index.ts'

/** As much of a store as a test names: what it leaves out is not there. */
export function aStore(nouns: { readonly [N in keyof Nouns]?: Partial<Nouns[N]> } = {}): ConsensusStore {
  const all = {
    runs: { get: async () => undefined },
    executions: {},
    routes: {},
    artifacts: {},
    syntheses: {},
    events: {},
    cursors: {},
    snapshots: {},
    ...nouns,
  } as Nouns
  return {
    ...all,
    name: 'nothing',
    supports: { durable: false, shared: false },
    transaction: (work) => work(all),
    arrival: async () => {},
    identity: async () => 'nothing',
    archives: {} as ConsensusStore['archives'],
    retention: {} as ConsensusStore['retention'],
    chores: {} as ConsensusStore['chores'],
    health: async () => ({
      ok: true,
      store: 'nothing',
      latencyMs: 0,
      findings: [],
      settings: [],
      rows: undefined,
      space: undefined,
      oldestRunAt: undefined,
      overdue: undefined,
      stale: undefined,
      chores: [],
      details: {},
    }),
    verify: async () => ({ runs: 0, events: 0, differences: [] }),
    rebuild: async () => ({ runs: 0, repaired: [], agentIds: [], left: [] }),
    reclaim: async () => ({ before: 0, after: 0, converted: false, unconverted: 0 }),
    backup: async (file) => ({ file, format: 'bundles', bytes: 0, runs: 0, digest: 'nothing' }),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
