import type { KeptArchive } from './archive.ts'
import type { ArtifactFacts } from './artifact.ts'
import type { FoundRow } from './difference.ts'
import type { Event } from './event.ts'
import type { Execution } from './execution.ts'
import { compareText } from './page.ts'
import type { Run } from './run.ts'
import type { Snapshot } from './snapshot.ts'
import type { SynthesisFacts } from './synthesis.ts'

/** What a store really holds, whatever state it is in: what verifying looks at, and rebuilding too. */
export interface Inspection {
  /** The next run by its id, from the first one, of which there is anything: a row, an event, or what it should own. */
  runAfter(id: string | undefined): Promise<string | undefined>
  /** The last run by its id, likewise. */
  lastRun(): Promise<string | undefined>
  /** All there is of a run but its bodies, as of one moment. */
  kept(runId: string): Promise<KeptRun>
  /** The archive of a run, whole; `undefined` if there is none or it cannot be read. */
  archive(runId: string): Promise<KeptArchive | undefined>
  /** The body at a position, if there is one. */
  body(position: number): Promise<KeptText | undefined>
  /** The metadata of a row, if that is there. */
  metadata(noun: 'artifact' | 'synthesis', id: string): Promise<KeptText | undefined>
  /** The snapshot of a run at a sequence, if there is one. */
  snapshot(runId: string, sequence: number): Promise<KeptSnapshot | undefined>
  /** The next bodies by position, as many as there are up to `limit`. */
  bodiesAfter(position: number, limit: number): Promise<readonly KeptBody[]>
}

/** A row of a run as it lies there. */
export interface KeptRun {
  readonly run: FoundRow<Run> | undefined
  readonly executions: readonly KeptRow<Execution>[]
  readonly artifacts: readonly KeptRow<ArtifactFacts>[]
  readonly syntheses: readonly KeptRow<SynthesisFacts>[]
  /** By sequence. */
  readonly events: readonly KeptEvent[]
  /** Positions at which the run has an event and there is a body. */
  readonly bodies: readonly number[]
  /** Whether there is an archive of the run, and its checksum. */
  readonly archive: { readonly checksum: string } | undefined
  /** By sequence. */
  readonly snapshots: readonly SnapshotKey[]
}

/** Which snapshot it is. */
export type SnapshotKey = Pick<Snapshot, 'sequence' | 'position'>

/** A snapshot as it lies there. */
export interface KeptSnapshot {
  /** `undefined` when it cannot be read. */
  readonly snapshot: Snapshot | undefined
}

/** A row of an execution, artifact or synthesis as it lies there. */
export interface KeptRow<Row> extends FoundRow<Row> {
  /** The position at which the row looks for its body. */
  readonly bodyAt: number | undefined
}

/** An event as it lies there. */
export interface KeptEvent {
  readonly sequence: number
  readonly position: number
  /** `undefined` when it cannot be read. */
  readonly event: Event | undefined
}

/** The text of a body, or why it cannot be read. */
export interface KeptText {
  /** `undefined` when it cannot be read. */
  readonly text: string | undefined
}

/** A body as it lies there. */
export interface KeptBody {
  readonly position: number
  /** Whether there is an event at the same position, as there must be. */
  readonly told: boolean
}

/** Every run of which there is anything, by id, up to the last there was: who starts runs meanwhile does not keep it going. */
export async function* keptRunIds({ runAfter, lastRun }: Inspection): AsyncGenerator<string> {
  const last = await lastRun()
  let id = await runAfter(undefined)
  while (last !== undefined && id !== undefined && compareText(id, last) <= 0) {
    yield id
    id = await runAfter(id)
  }
}

const BODIES_TOGETHER = 1_000

/** Positions of bodies at which there is no event. */
export async function* strayBodies({ bodiesAfter }: Inspection): AsyncGenerator<number> {
  let page: readonly KeptBody[]
  let last = 0
  do {
    page = await bodiesAfter(last, BODIES_TOGETHER)
    for (const { position, told } of page) if (!told) yield position
    last = page.at(-1)?.position ?? last
  } while (page.length === BODIES_TOGETHER)
}
