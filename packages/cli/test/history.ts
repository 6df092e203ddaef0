import type { ConsensusStore } from '@consensus-store/core'

type At = (iso: string) => void

export const MARKDOWN = '# Plan\n\nCharge once.\n'

/**
 * Two specs: `pay` was planned unanimously and audited without `code`, which timed out; of `find`, one plan could
 * not be read, and the one agent sent again is still out.
 */
export async function aHistory(store: ConsensusStore, at: At): Promise<void> {
  const { runs, executions, artifacts, syntheses } = store
  const spawn = (
    runId: string,
    agentName: string,
    phaseType: 'regular-stage' | 'quality-gate' = 'regular-stage',
  ) =>
    executions.spawn({
      agentId: `${agentName}-${runId}`,
      runId,
      agentName,
      phaseType,
      modelVersion: `${agentName}-1`,
    })

  at('2026-03-02T08:00:00.000Z')
  await runs.start({
    id: 'pay-plan',
    specId: 'pay',
    stage: 'plan',
    branch: 'main',
    expectedAgents: ['claude', 'gemini'],
    labels: { team: 'checkout' },
  })
  await spawn('pay-plan', 'claude')
  at('2026-03-02T08:00:01.000Z')
  await spawn('pay-plan', 'gemini')
  at('2026-03-02T08:05:00.000Z')
  await executions.complete('claude-pay-plan', { response: '{"plan":"once"}' })
  await artifacts.add({ id: 'art-1', runId: 'pay-plan', agentName: 'claude', content: { plan: 'once' } })
  at('2026-03-02T08:06:00.000Z')
  await executions.complete('gemini-pay-plan', { response: 'Once.\nReally.' })
  await artifacts.add({ id: 'art-2', runId: 'pay-plan', agentName: 'gemini', content: 'Once.' })
  at('2026-03-02T08:07:00.000Z')
  await syntheses.add({ id: 'syn-1', runId: 'pay-plan', verdict: 'unanimous', markdown: MARKDOWN })
  await runs.conclude('pay-plan', { verdict: 'unanimous', agreements: ['Charge once'] })
  await runs.pin('pay-plan')

  at('2026-03-02T09:00:00.000Z')
  await runs.start({ id: 'pay-audit', specId: 'pay', stage: 'audit', expectedAgents: ['claude', 'code'] })
  await spawn('pay-audit', 'claude', 'quality-gate')
  at('2026-03-02T09:00:01.000Z')
  await spawn('pay-audit', 'code', 'quality-gate')
  at('2026-03-02T09:20:00.000Z')
  await executions.complete('claude-pay-audit', { response: '' })
  await executions.timeOut('code-pay-audit')
  await runs.conclude('pay-audit', { verdict: 'degraded', missingAgents: ['code'], conflicts: ['Logs'] })

  at('2026-03-02T10:00:00.000Z')
  await runs.start({ id: 'find-plan', specId: 'find', stage: 'plan' })
  await spawn('find-plan', 'gemini')
  at('2026-03-02T10:10:00.000Z')
  await executions.fail('gemini-find-plan', {
    reason: 'extraction',
    message: 'The JSON is cut short',
    response: '{"plan":',
  })
  await runs.abandon('find-plan')

  at('2026-03-02T11:00:00.000Z')
  await runs.start({ id: 'find-again', specId: 'find', stage: 'plan' })
  await spawn('find-again', 'gemini')
  at('2026-03-02T11:00:01.000Z')
  await executions.start('gemini-find-again')
}
