import type { Nouns } from '@consensus-store/core'
import { anArtifact, aRun } from '../fixtures.ts'
import type { Interleaving, Step } from './schedule.ts'
import { stage, type Way, ways } from './ways.ts'

const artifacts = ways['the artifacts of a run']!

/** Steps over things of one way. */
const over = ({ read, write }: Way) => ({
  reads:
    (...things: string[]): Step =>
    (tx) =>
      Promise.all(things.map((thing) => read(tx, thing))),
  writes:
    (thing: string, by: string): Step =>
    async (tx) =>
      void (await write(tx, thing, by)),
})
const { reads, writes } = over(artifacts)

const pins =
  (id: string): Step =>
  async (tx) =>
    void (await tx.runs.pin(id))
const unpins =
  (id: string): Step =>
  async (tx) =>
    void (await tx.runs.unpin(id))

/** Which of both runs are pinned. */
const flags: Step = (tx) => Promise.all(['x', 'y'].map(async (id) => (await tx.runs.get(id))!.pinned))

const counts: Step = async (tx) => (await artifacts.read(tx, 'x')).length
/** Adds an artifact that says how many there were before it. */
const countsOn =
  (by: string): Step =>
  async (tx, seen) =>
    void (await anArtifact(tx, { runId: 'x', id: `x ${by} ${seen[0]}` }))

/** Ends an agent unless it is the last that has not ended. */
const leaves =
  (agentId: string): Step =>
  async (tx, seen) => {
    if ((seen[0] as number) > 1) await tx.executions.cancel(agentId)
  }
const staff: Step = async (tx) => {
  const both = await Promise.all(['x', 'y'].map((runId) => tx.executions.list({ runId, status: 'spawned' })))
  return both.flatMap(({ items }) => items).length
}

const runningOfStage = async (tx: Nouns) =>
  (await tx.runs.list({ ...stage, status: 'running' })).items.map(({ id }) => id).sort()

/**
 * What goes wrong when transactions are less than serializable, by the names of Adya and of Berenson and others, each as an
 * order of steps that shows it. The cases are those of Martin Kleppmann's Hermitage.
 */
export const anomalies: Readonly<Record<string, Interleaving>> = {
  'dirty writes (G0)': {
    transactions: { A: { steps: [pins('x'), pins('y')] }, B: { steps: [unpins('x'), unpins('y')] } },
    order: 'A B A A! B B!',
  },
  'dirty writes that end the other way round (G0)': {
    transactions: {
      A: { steps: [writes('x', 'A'), writes('y', 'A')] },
      B: { steps: [writes('y', 'B'), writes('x', 'B')] },
    },
    order: 'A B A B B! A!',
  },
  'aborted reads (G1a)': {
    transactions: {
      A: { steps: [writes('x', 'A'), pins('x')], undone: true },
      B: { steps: [reads('x'), async (tx) => (await tx.runs.get('x'))!.pinned, reads('x')] },
    },
    order: 'A A B B A! B B!',
  },
  'intermediate reads (G1b)': {
    transactions: {
      A: { steps: [writes('x', 'A'), writes('x', 'C')] },
      B: { steps: [reads('x'), reads('x')] },
    },
    order: 'A B A A! B B!',
  },
  'information that flows in a circle (G1c)': {
    transactions: {
      A: { steps: [writes('x', 'A'), reads('y')] },
      B: { steps: [writes('y', 'B'), reads('x')] },
    },
    order: 'A B A B A! B!',
  },
  'an observed transaction that vanishes (OTV)': {
    transactions: {
      A: { steps: [pins('x'), pins('y')] },
      B: { steps: [unpins('x'), unpins('y')] },
      C: { steps: [flags, flags, flags] },
    },
    order: 'A A B A! C B C B! C C!',
  },
  'phantoms (PMP)': {
    transactions: {
      A: { steps: [runningOfStage, runningOfStage] },
      B: { steps: [async (tx) => void (await aRun(tx, { id: 'z', ...stage }))] },
    },
    order: 'A B B! A A!',
  },
  'writes to what a predicate found before (PMP)': {
    transactions: {
      A: {
        steps: [
          runningOfStage,
          async (tx, [found]) => {
            for (const id of found as string[]) await tx.runs.abandon(id)
          },
          runningOfStage,
        ],
      },
      B: { steps: [runningOfStage, async (tx) => void (await aRun(tx, { id: 'z', ...stage }))] },
    },
    order: 'A B A B B! A A!',
  },
  'lost updates (P4)': {
    transactions: { A: { steps: [counts, countsOn('A')] }, B: { steps: [counts, countsOn('B')] } },
    order: 'A B A B A! B!',
  },
  'updates lost to a call outside transactions (P4)': {
    transactions: {
      A: { steps: [counts, countsOn('A')] },
      B: { steps: [writes('x', 'B')], bare: true },
    },
    order: 'A B A A!',
  },
  'read skew that a write depends on (G-single)': {
    transactions: {
      A: {
        steps: [
          reads('x'),
          async (tx) => {
            const [found] = (await reads('y')(tx, [])) as string[][]
            await anArtifact(tx, { runId: 'x', id: `x ${found!.length}` })
          },
        ],
      },
      B: { steps: [writes('x', 'B'), writes('y', 'B')] },
    },
    order: 'A B B B! A A!',
  },
  'write skew between agents of which one must stay (G2-item)': {
    transactions: {
      A: { steps: [staff, leaves('x agent')] },
      B: { steps: [staff, leaves('y agent')] },
    },
    order: 'A B A B A! B!',
  },
  'a run that ends while an agent is sent into it (G2-item)': {
    transactions: {
      A: {
        steps: [
          async (tx) => (await tx.executions.list({ runId: 'x' })).items.length,
          async (tx, [found]) => {
            if (found === 1) await tx.runs.abandon('x')
          },
        ],
      },
      B: { steps: [over(ways['the executions of a run']!).writes('x', 'B')], bare: true },
    },
    order: 'A B A A!',
  },
  'a reader who makes two writers impossible (G2)': {
    transactions: {
      A: { steps: [reads('x', 'y'), writes('x', 'A')] },
      B: { steps: [writes('y', 'B')] },
      C: { steps: [reads('x', 'y')] },
    },
    order: 'A B B! C C! A A!',
  },
  'a reader who makes a transaction impossible after a call outside transactions (G2)': {
    transactions: {
      A: { steps: [reads('x', 'y'), writes('x', 'A')] },
      B: { steps: [writes('y', 'B')], bare: true },
      C: { steps: [reads('x', 'y')] },
    },
    order: 'A B C C! A A!',
  },
  'a circle of three predicates (G2)': {
    transactions: {
      A: { steps: [reads('y'), writes('x', 'A')] },
      B: { steps: [runningOfStage, writes('y', 'B')] },
      C: { steps: [reads('x'), async (tx) => void (await aRun(tx, { id: 'z', ...stage }))] },
    },
    order: 'A B C A B C A! B! C!',
  },
  ...Object.fromEntries(
    Object.entries(ways).flatMap(([what, way]): [string, Interleaving][] => {
      const { reads, writes } = over(way)
      return [
        [
          `read skew in ${what} (G-single)`,
          {
            transactions: {
              A: { steps: [reads('x'), reads('y'), reads('x')] },
              B: { steps: [writes('x', 'B'), writes('y', 'B')] },
            },
            order: 'A B B B! A A A!',
          },
        ],
        [
          `write skew in ${what} (G2)`,
          {
            transactions: {
              A: { steps: [reads('y'), writes('x', 'A')] },
              B: { steps: [reads('x'), writes('y', 'B')] },
            },
            order: 'A B A B A! B!',
          },
        ],
      ]
    }),
  ),
}
