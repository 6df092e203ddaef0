import { KINDS, type Kind, type Place, type Refused } from './unit.ts'

export interface Count {
  read: number
  stored: number
  present: number
  refused: number
}

/** What an import did, in the shape `--json` prints. */
export interface ImportReport {
  readonly dryRun: boolean
  readonly kinds: Readonly<Record<Kind, Readonly<Count>>> & {
    readonly runs: {
      readonly inferred: number
      readonly stored: number
      readonly extended: number
      readonly present: number
    }
  }
  readonly refusals: readonly Refusal[]
}

export interface Refusal extends Place {
  readonly reason: string
}

/** Counts as an import goes along. Every row read ends as one of stored, present and refused. */
export interface Tally {
  read(kind: Kind): void
  stored(kind: Kind): void
  present(kind: Kind): void
  /** Counts a row that was read as refused. */
  refuse(refused: Refused): void
  run(outcome: 'stored' | 'extended' | 'present'): void
  inferred(): void
  report(dryRun: boolean): ImportReport
}

export function tally(): Tally {
  const counts = Object.fromEntries(
    KINDS.map((kind) => [kind, { read: 0, stored: 0, present: 0, refused: 0 }]),
  ) as Record<Kind, Count>
  const runs = { inferred: 0, stored: 0, extended: 0, present: 0 }
  const refusals: Refusal[] = []
  return {
    read(kind) {
      counts[kind].read += 1
    },
    stored(kind) {
      counts[kind].stored += 1
    },
    present(kind) {
      counts[kind].present += 1
    },
    refuse({ kind, place: { file, row }, reason }) {
      counts[kind].refused += 1
      refusals.push({ file, ...(row !== undefined && { row }), reason })
    },
    run(outcome) {
      runs[outcome] += 1
    },
    inferred() {
      runs.inferred += 1
    },
    report: (dryRun) => ({ dryRun, kinds: { ...counts, runs }, refusals }),
  }
}
