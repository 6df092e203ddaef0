import { type Bundle, digest, fold, sealed, systemEnv, type UnsealedEntry } from '@consensus-store/core'

/** Content of some 8 KB when written as JSON. */
export const content = {
  summary: 'Keep two tables and add the index the list needs.',
  steps: Array.from({ length: 60 }, (_, i) => ({
    step: i + 1,
    text: `Move column ${i} behind the view, and let readers have both names until the next release is out.`,
    done: i % 3 === 0,
  })),
}
const metadata = { tokens: 2_048, seconds: 31.5 }
const markdown = content.steps.map(({ step, text }) => `${step}. ${text}`).join('\n')

const refOf = (text: string) => ({ bytes: Buffer.byteLength(text), digest: digest(text) })
const contentRef = refOf(JSON.stringify(content))
const metadataRef = refOf(JSON.stringify(metadata))
const markdownRef = refOf(markdown)
const agentNames = ['gemini', 'claude', 'code']

/** A concluded run with three artifacts of 8 KB and a synthesis, all with new ids. */
export function aBundle(): Bundle {
  const runId = systemEnv.newId()
  const startedAt = systemEnv.now().getTime()
  const happened = [
    {
      type: 'run.started',
      data: { specId: 'SPEC-1', stage: 'plan', branch: 'main', expectedAgents: agentNames, labels: {} },
    },
    ...agentNames.map((agentName) => ({
      type: 'artifact.added',
      data: { artifactId: systemEnv.newId(), agentName, content: contentRef, metadata: metadataRef },
    })),
    {
      type: 'synthesis.added',
      data: {
        synthesisId: systemEnv.newId(),
        verdict: 'unanimous',
        agreements: ['two tables'],
        conflicts: [],
        markdown: markdownRef,
        metadata: metadataRef,
      },
    },
    {
      type: 'run.concluded',
      data: { verdict: 'unanimous', missingAgents: [], agreements: ['two tables'], conflicts: [] },
    },
  ]
  const events = sealed(
    happened.map((entry, i) => ({ sequence: i + 1, at: new Date(startedAt + i), ...entry }) as UnsealedEntry),
  )
  const { run, artifacts, syntheses } = fold(runId, events)
  return {
    run,
    executions: [],
    artifacts: [...artifacts.values()].map((row) => ({ ...row, metadata, content })),
    syntheses: [...syntheses.values()].map((row) => ({ ...row, metadata, markdown })),
    events,
  }
}
