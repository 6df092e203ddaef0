import type { Bundle, PhaseType, Verdict } from '@consensus-store/core'

/** The nouns an import counts; each row of a source is one of them. */
export const KINDS = ['artifacts', 'syntheses', 'executions'] as const
export type Kind = (typeof KINDS)[number]

/** Where in a source something stands, in words its owner would find it by. */
export interface Place {
  /** Relative to what is imported. */
  readonly file: string
  /** As in `proposals[2]`, `consensus_artifacts 601` or `line 7`. */
  readonly row?: string | undefined
}

interface Placed {
  readonly place: Place
  readonly specId: string
  readonly stage: string
  readonly branch?: string | undefined
  /** The run the row says it belongs to. */
  readonly sourceRunId?: string | undefined
  /** Rows of one bond belong together, in a source whose own run ids mean nothing outside it. */
  readonly bond?: string | undefined
  /** What the source says of the run the row is in. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** When it happened, in milliseconds since 1970. */
  readonly at: number
}

/** An agent's answer. JSON is held as its text, checked to be one that a store keeps. */
export interface ArtifactUnit extends Placed {
  readonly kind: 'artifacts'
  /** Two rows are the same answer when their keys are, and their run ids do not contradict. */
  readonly key: string
  readonly agentName: string
  readonly modelVersion?: string | undefined
  readonly content: string
  readonly metadata: string
  /** What the answer itself says it was asked for, as in `quality-gate-clarify`. */
  readonly round?: string | undefined
}

/** What was made of answers. It happened from `at` to `until`, which differ when only the minute is known. */
export interface SynthesisUnit extends Placed {
  readonly kind: 'syntheses'
  readonly key: string
  readonly until: number
  /** The time in the row, where the text of the synthesis tells another. */
  readonly rowAt?: number | undefined
  readonly verdict: Verdict
  readonly markdown: string
  readonly agreements: readonly string[]
  readonly conflicts: readonly string[]
  readonly missingAgents: readonly string[]
  readonly outputPath?: string | undefined
  readonly metadata: string
}

/** An agent's turn. Without `ending` nobody knows what became of it. */
export interface ExecutionUnit extends Placed {
  readonly kind: 'executions'
  /** The agent's id. */
  readonly key: string
  readonly agentName: string
  readonly phaseType: PhaseType
  readonly ending?: TurnEnding | undefined
}

export interface TurnEnding {
  readonly at: number
  readonly response?: string | undefined
  readonly failure?: { readonly reason: string; readonly message: string } | undefined
}

/** One row of a source, checked and in the terms of the store. */
export type Unit = ArtifactUnit | SynthesisUnit | ExecutionUnit

/** Something in a source that does not arrive. */
export interface Refused {
  readonly kind: Kind
  readonly place: Place
  readonly reason: string
}

export const isRefused = (found: object): found is Refused => 'reason' in found

/** A source of rows, in any order. Reading it leaves it as it was. */
export interface RowSource {
  readonly kind: 'rows'
  /** What kind of source it is, for those who later wonder where a run came from. */
  readonly name: string
  read(): AsyncIterable<Unit | Refused> | Iterable<Unit | Refused>
}

/** A source of whole runs, in their order; those that come together are at hand without waiting. */
export interface BundleSource {
  readonly kind: 'bundles'
  read(): AsyncIterable<Iterable<BundleLine | Refused>>
}

export interface BundleLine {
  readonly place: Place
  readonly bundle: Bundle
}
