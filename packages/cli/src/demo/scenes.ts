import type { Conclusion, PhaseType } from '@consensus-store/core'

/** One run of the demo: who is sent out, what comes back, and what is made of it. */
export interface Scene {
  readonly title: string
  /** What it teaches, in one line. */
  readonly lesson: string
  readonly key: string
  readonly specId: string
  readonly stage: string
  readonly phaseType: PhaseType
  /** Minutes before now at which it begins. */
  readonly minutesAgo: number
  readonly turns: readonly Turn[]
  /** Absent while the run is under way. */
  readonly ending?: { readonly markdown: string; readonly conclusion: Conclusion }
}

export type Turn = { readonly agent: string; readonly model: string } & (
  | { readonly does: 'answer'; readonly proposal: Readonly<Record<string, string>> }
  | { readonly does: 'babble'; readonly response: string; readonly message: string }
  | { readonly does: 'time out' | 'hang' }
)

export const scenes: readonly Scene[] = [
  {
    title: 'Three agents plan the checkout, and agree',
    lesson:
      'A run is one attempt at one stage. An answer comes with an agent id only: its route says where it belongs.',
    key: 'checkout-plan',
    specId: 'checkout',
    stage: 'plan',
    phaseType: 'regular-stage',
    minutesAgo: 170,
    turns: [
      {
        agent: 'gemini',
        model: 'gemini-pro',
        does: 'answer',
        proposal: { approach: 'Charge once, behind an idempotency key', risk: 'Double clicks' },
      },
      {
        agent: 'claude',
        model: 'claude-opus',
        does: 'answer',
        proposal: { approach: 'An idempotency key per basket, kept for a day', risk: 'Retries by proxies' },
      },
      {
        agent: 'code',
        model: 'gpt-codex',
        does: 'answer',
        proposal: { approach: 'Idempotency key, unique index on orders', risk: 'Clock skew between hosts' },
      },
    ],
    ending: {
      markdown:
        '# Plan for checkout\n\nCharge the card once, behind an idempotency key per basket.\n\n' +
        '- A unique index on orders refuses the second charge.\n- Keys are kept for a day.\n',
      conclusion: { verdict: 'unanimous', agreements: ['Charge once, behind an idempotency key per basket'] },
    },
  },
  {
    title: 'A quality gate audits it, and one agent never answers',
    lesson:
      'The same calls; its route sends each answer to the quality gate. Who is missing is part of the verdict.',
    key: 'checkout-audit',
    specId: 'checkout',
    stage: 'audit',
    phaseType: 'quality-gate',
    minutesAgo: 130,
    turns: [
      {
        agent: 'gemini',
        model: 'gemini-pro',
        does: 'answer',
        proposal: { finding: 'Card numbers reach the debug log', severity: 'high' },
      },
      {
        agent: 'claude',
        model: 'claude-opus',
        does: 'answer',
        proposal: { finding: 'Debug log holds card numbers', severity: 'high' },
      },
      { agent: 'code', model: 'gpt-codex', does: 'time out' },
    ],
    ending: {
      markdown:
        '# Audit of checkout\n\nTwo of three agents answered.\n\n- Card numbers reach the debug log: redact them.\n',
      conclusion: {
        verdict: 'degraded',
        missingAgents: ['code'],
        agreements: ['Card numbers must not reach the debug log'],
      },
    },
  },
  {
    title: 'Two agents plan the search; nothing can be read from one answer',
    lesson: 'A failure is a fact like any other, and the words that could not be read are kept.',
    key: 'search-plan',
    specId: 'search',
    stage: 'plan',
    phaseType: 'regular-stage',
    minutesAgo: 90,
    turns: [
      {
        agent: 'claude',
        model: 'claude-opus',
        does: 'answer',
        proposal: { approach: 'Trigram index beside the table', risk: 'Index grows with every language' },
      },
      {
        agent: 'gemini',
        model: 'gemini-pro',
        does: 'babble',
        response: 'Sure! Here is the plan you asked for: {"approach": "inverted ind',
        message: 'The JSON ends in the middle of a string',
      },
    ],
    ending: {
      markdown: '# Plan for search\n\nOne plan is not a consensus: ask again.\n',
      conclusion: { verdict: 'failed', missingAgents: ['gemini'], conflicts: ['Nothing to compare with'] },
    },
  },
  {
    title: 'They try again, and one agent hangs',
    lesson: 'Trying again is a new run. It stays running: nothing is given up for you.',
    key: 'search-again',
    specId: 'search',
    stage: 'plan',
    phaseType: 'regular-stage',
    minutesAgo: 50,
    turns: [
      {
        agent: 'claude',
        model: 'claude-opus',
        does: 'answer',
        proposal: { approach: 'Trigram index, rebuilt at night', risk: 'A stale index at noon' },
      },
      { agent: 'gemini', model: 'gemini-pro', does: 'hang' },
    ],
  },
]
