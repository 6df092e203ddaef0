import { type Bundle, fold, sealed } from '@consensus-store/core'

/** How a bundle is changed before it is recorded again. */
export interface Alteration {
  /** The run it becomes, and what the ids of all it owns begin with then; its own when left out. */
  readonly runId?: string | undefined
  readonly prefix?: string | undefined
  /** How many of its last events never happened. */
  readonly events?: number | undefined
  /** What is done to it that makes it say other things than its log. */
  readonly damage?: DamageName | undefined
}

export type DamageName = keyof typeof damages

export function altered(bundle: Bundle, { runId, prefix, events, damage }: Alteration): Bundle {
  const shorter = events ? cut(bundle, Math.max(1, bundle.events.length - events)) : bundle
  const renamed = rename(shorter, runId ?? bundle.run.id, prefix ?? '')
  return damage ? damages[damage](renamed) : renamed
}

/** The run as it was when its log had so many events. */
function cut(bundle: Bundle, length: number): Bundle {
  const events = bundle.events.slice(0, length)
  const { run, executions, artifacts, syntheses } = fold(bundle.run.id, events)
  return {
    run,
    executions: bundle.executions
      .filter(({ agentId }) => executions.has(agentId))
      .map(({ agentId, response }) => {
        const row = executions.get(agentId)!
        return { ...row, response: row.responseDigest === undefined ? undefined : response }
      }),
    artifacts: bundle.artifacts.filter(({ id }) => artifacts.has(id)),
    syntheses: bundle.syntheses.filter(({ id }) => syntheses.has(id)),
    events,
  }
}

function rename(
  { run, executions, artifacts, syntheses, events }: Bundle,
  runId: string,
  prefix: string,
): Bundle {
  const owned = <Row extends { readonly id: string }>(row: Row): Row => ({
    ...row,
    id: prefix + row.id,
    runId,
  })
  const renamed = sealed(
    events.map((event) => ({ ...event, data: renameWithin(event.data, prefix) }) as typeof event),
  )
  return {
    run: { ...run, id: runId, seal: fold(runId, renamed).run.seal },
    executions: executions.map((row) => ({ ...row, agentId: prefix + row.agentId, runId })),
    artifacts: artifacts.map(owned),
    syntheses: syntheses.map(owned),
    events: renamed,
  }
}

const renameWithin = (data: object, prefix: string) =>
  Object.fromEntries(
    Object.entries(data).map(([member, value]) => [
      member,
      ['agentId', 'artifactId', 'synthesisId'].includes(member) ? prefix + value : value,
    ]),
  )

const first = <T>([item, ...rest]: readonly T[], change: (item: T) => T): readonly T[] =>
  item === undefined ? [] : [change(item), ...rest]

export const damages = {
  'its run says more events': (bundle: Bundle) => ({
    ...bundle,
    run: { ...bundle.run, lastSequence: bundle.run.lastSequence + 1 },
  }),
  'its run is of another spec': (bundle: Bundle) => ({ ...bundle, run: { ...bundle.run, specId: 'other' } }),
  'its first event is missing': (bundle: Bundle) => ({ ...bundle, events: bundle.events.slice(1) }),
  'its last event is twice': (bundle: Bundle) => ({
    ...bundle,
    events: [...bundle.events, bundle.events.at(-1)!],
  }),
  'an event is of no type': (bundle: Bundle) => ({
    ...bundle,
    events: first(bundle.events, (event) => ({ ...event, type: 'run.forgotten' as never })),
  }),
  'an event has another instant': (bundle: Bundle) => ({
    ...bundle,
    events: first(bundle.events, (event) => ({ ...event, at: new Date(event.at.getTime() + 1) })),
  }),
  'an execution is missing': (bundle: Bundle) => ({ ...bundle, executions: bundle.executions.slice(1) }),
  'an execution is twice': (bundle: Bundle) => ({
    ...bundle,
    executions: [...bundle.executions.slice(0, 1), ...bundle.executions],
  }),
  'an answer is another': (bundle: Bundle) => ({
    ...bundle,
    executions: first(bundle.executions, (row) => ({ ...row, response: `${row.response}!` })),
  }),
  'a content is another': (bundle: Bundle) => ({
    ...bundle,
    artifacts: first(bundle.artifacts, (row) => ({ ...row, content: { instead: row.content } })),
  }),
  'a content is none': (bundle: Bundle) => ({
    ...bundle,
    artifacts: first(bundle.artifacts, (row) => ({ ...row, content: undefined as never })),
  }),
  'a markdown is another': (bundle: Bundle) => ({
    ...bundle,
    syntheses: first(bundle.syntheses, (row) => ({ ...row, markdown: `${row.markdown}!` })),
  }),
} satisfies Readonly<Record<string, (bundle: Bundle) => Bundle>>
