import type { Nouns } from '@consensus-store/core'
import type { Clock } from './clock.ts'

/** One step of a story: its name, and the write it makes. */
export type Step = readonly [name: string, (store: Nouns) => Promise<unknown>]

/**
 * A small history that makes every kind of write at least once, over three runs: one concluded with everything a run
 * can own, one abandoned whose agents ended in every other way, one still running.
 */
export const story: readonly Step[] = [
  [
    'a run starts',
    ({ runs }) =>
      runs.start({
        id: 'run-1',
        specId: 'SPEC-1',
        stage: 'plan',
        branch: 'main',
        expectedAgents: ['gemini', 'claude'],
        labels: { team: 'alpha', 'ünï☂': 'cödé' },
      }),
  ],
  ['gemini is spawned', ({ executions }) => executions.spawn(agent('run-1', 'a1', 'gemini'))],
  [
    'claude is spawned',
    ({ executions }) => executions.spawn({ ...agent('run-1', 'a2', 'claude'), phaseType: 'quality-gate' }),
  ],
  ['gemini starts', ({ executions }) => executions.start('a1')],
  ['another run starts', ({ runs }) => runs.start({ id: 'run-2', specId: 'SPEC-1', stage: 'tasks' })],
  ['gemini answers', ({ executions }) => executions.complete('a1', { response: 'Plan:\n1. do it\r\n' })],
  [
    'an artifact is added',
    ({ artifacts }) =>
      artifacts.add({
        id: 'art-1',
        runId: 'run-1',
        agentName: 'gemini',
        modelVersion: 'g-2',
        content: { z: 1, a: [null, true, -0] },
        metadata: { tokens: 512 },
      }),
  ],
  [
    'claude fails, with an answer',
    ({ executions }) =>
      executions.fail('a2', { reason: 'extraction', message: 'no JSON', response: 'Sorry \ud800' }),
  ],
  ['the run is pinned', ({ runs }) => runs.pin('run-1')],
  [
    'a synthesis is added',
    ({ syntheses }) =>
      syntheses.add({
        id: 'syn-1',
        runId: 'run-1',
        verdict: 'degraded',
        markdown: '# Plan\u0000',
        agreements: ['do it'],
        conflicts: ['when'],
        outputPath: 'docs/plan.md',
        metadata: { from: 1 },
      }),
  ],
  ['a third agent is spawned', ({ executions }) => executions.spawn(agent('run-1', 'a3', 'code'))],
  [
    'the run concludes',
    ({ runs }) =>
      runs.conclude('run-1', {
        verdict: 'degraded',
        missingAgents: ['claude'],
        agreements: ['do it'],
        conflicts: ['when'],
      }),
  ],
  ['the third agent answers late', ({ executions }) => executions.complete('a3', { response: '' })],
  ['one is spawned into run 2', ({ executions }) => executions.spawn(agent('run-2', 'b1', 'gemini'))],
  ['another is spawned into run 2', ({ executions }) => executions.spawn(agent('run-2', 'b2', 'claude'))],
  ['a last is spawned into run 2', ({ executions }) => executions.spawn(agent('run-2', 'b3', 'code'))],
  ['one is cancelled', ({ executions }) => executions.cancel('b1')],
  ['another times out', ({ executions }) => executions.timeOut('b2')],
  ['a last fails', ({ executions }) => executions.fail('b3', { reason: 'error', message: 'quota\u0007' })],
  ['run 2 is abandoned', ({ runs }) => runs.abandon('run-2')],
  ['the first run is unpinned', ({ runs }) => runs.unpin('run-1')],
  ['a third run starts', ({ runs }) => runs.start({ id: 'run-3', specId: 'SPEC-2', stage: 'plan' })],
  ['one is spawned into run 3', ({ executions }) => executions.spawn(agent('run-3', 'c1', 'gemini'))],
  ['and starts', ({ executions }) => executions.start('c1')],
]

/** Plays the whole story; a minute passes between its steps when there is a clock. */
export async function playStory(store: Nouns, clock?: Clock): Promise<void> {
  for (const [, write] of story) {
    await write(store)
    clock?.advance(60_000)
  }
}

const agent = (runId: string, agentId: string, agentName: string) =>
  ({ runId, agentId, agentName, phaseType: 'regular-stage' }) as const
