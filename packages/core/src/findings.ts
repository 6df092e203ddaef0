import type { Thresholds } from './check-up.ts'
import type { Chore } from './chore.ts'
import type { Count, Finding, Health, Setting } from './health.ts'

/** Subjects in the order in which to see to them; those that are not named come last, as they were found. */
const URGENCY: readonly string[] = [
  'database',
  'server',
  'disk_space',
  'journal_mode',
  'synchronous',
  'foreign_keys',
  'backup',
  'upkeep',
  'overdue_runs',
  'stale_executions',
  'wal',
  'free_space',
  'auto_vacuum',
  'latency',
]

/** Errors first, then by what waits least. */
export function ranked(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ severity, subject }: Finding) => {
    const urgency = URGENCY.indexOf(subject)
    return (severity === 'error' ? 0 : 1_000) + (urgency < 0 ? URGENCY.length : urgency)
  }
  return [...findings].sort((a, b) => rank(a) - rank(b))
}

export const unreadable = (part: string, error: unknown): Finding => ({
  severity: 'error',
  subject: 'database',
  message: `Health cannot tell of ${part}: ${error instanceof Error ? error.message : String(error)}`,
  remedy: 'Run consensus verify. If what it names cannot be repaired, restore a backup.',
})

/** What there is to do about what was found, whatever the backend. */
export function* judge(
  { latencyMs, settings, space, overdue, stale, chores, oldestRunAt }: Omit<Health, 'ok' | 'findings'>,
  limits: Thresholds,
  at: Date,
): Iterable<Finding> {
  for (const setting of settings) if (setting.wanted !== setting.actual) yield ignored(setting)
  if (latencyMs > limits.latencyMs) {
    yield warning(
      'latency',
      `The database took ${latencyMs.toFixed(0)} ms to answer, more than ${limits.latencyMs} ms`,
      'Look for what else uses its disk, its processor or the network on the way to it.',
    )
  }
  if (space) yield* ofSpace(space, limits)
  if (overdue && overdue.count > 0) {
    yield warning(
      'overdue_runs',
      `${shown(overdue, 'run is', 'runs are')} older than the policy allows`,
      'Apply retention: consensus upkeep, once or on a schedule.',
    )
  }
  if (stale && stale.count > 0) {
    yield warning(
      'stale_executions',
      `${shown(stale, 'execution has', 'executions have')} been out for more than ${span(limits.staleAfterMs)}`,
      'See which: consensus stale. Time out or cancel what nobody waits for; until then their runs are never archived.',
    )
  }
  for (const chore of chores) {
    // What failed within a round is a chore of its own.
    if (chore.last && !chore.last.ok && chore.name !== 'upkeep')
      yield failed(chore, chore.last.summary.message)
  }
  yield* ofBackup(chores, limits, at, oldestRunAt)
}

function* ofSpace(space: NonNullable<Health['space']>, limits: Thresholds): Iterable<Finding> {
  const { bytes, freeBytes = 0, walBytes, roomBytes = Number.POSITIVE_INFINITY } = space
  if (roomBytes < limits.roomBytes) {
    yield {
      severity: roomBytes < limits.roomBytes / 16 ? 'error' : 'warning',
      subject: 'disk_space',
      message: `The disk has room for ${mebibytes(roomBytes)} more, less than ${mebibytes(limits.roomBytes)}`,
      remedy:
        'Make room on the disk, or give space back: consensus reclaim. Without room, writes are refused with FULL.',
    }
  }
  if (walBytes > limits.walBytes) {
    yield warning(
      'wal',
      `The log of commits has grown to ${mebibytes(walBytes)}, more than ${mebibytes(limits.walBytes)}`,
      'Look for a process that keeps a read transaction open; then consensus reclaim.',
    )
  }
  if (freeBytes >= FREE_BYTES && freeBytes > bytes * limits.freeShare) {
    yield warning(
      'free_space',
      `${mebibytes(freeBytes)} of ${mebibytes(bytes)} are free`,
      'Give the space back: consensus reclaim.',
    )
  }
}

/** So little is not worth the work. */
const FREE_BYTES = 16 * 1_048_576

function* ofBackup(
  chores: readonly Chore[],
  { backupAgeMs, backupAsked }: Thresholds,
  at: Date,
  oldestRunAt: Date | undefined,
): Iterable<Finding> {
  const last = chores.find(({ name }) => name === 'backup')?.last
  // A failure is a finding by itself, and says nothing of when the last good one was.
  if (last && !last.ok) return
  const since = last?.endedAt ?? (backupAsked ? oldestRunAt : undefined)
  if (!since || at.getTime() - since.getTime() <= backupAgeMs) return
  yield warning(
    'backup',
    last
      ? `The last backup is of ${since.toISOString()}, more than ${span(backupAgeMs)} ago`
      : `There was never a backup, and the oldest run is of ${since.toISOString()}`,
    'Make one: consensus backup, or let consensus upkeep make them.',
  )
}

const failed = ({ name }: Chore, message: unknown): Finding =>
  warning(
    name === 'backup' ? 'backup' : 'upkeep',
    `The chore ${name} failed the last time: ${message === undefined ? 'it does not say why' : String(message)}`,
    'See to what it names, then run it again: consensus upkeep.',
  )

const ignored = ({ name, wanted, actual }: Setting): Finding =>
  warning(
    name,
    `${name} is ${actual}, not ${wanted}: it was asked for and not taken`,
    remedies[name] ?? CHECK_BUILD,
  )

const CHECK_BUILD = 'Check the version of the database and how it was built.'

const remedies: Readonly<Record<string, string>> = {
  auto_vacuum:
    'The file was made without it, so freed space cannot be given back piece by piece. Rewrite it once: consensus reclaim --convert.',
  journal_mode:
    'Readers and writers now wait for each other. Keep the file on a local disk, not on a network share.',
}

const warning = (subject: string, message: string, remedy: string): Finding => ({
  severity: 'warning',
  subject,
  message,
  remedy,
})

const shown = ({ count, precision }: Count, one: string, many: string) =>
  `${precision === 'exact' ? '' : precision === 'at least' ? 'At least ' : 'About '}${count} ${count === 1 ? one : many}`

const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MiB`

const span = (ms: number) =>
  ms >= 172_800_000
    ? `${Math.round(ms / 86_400_000)} days`
    : ms >= 7_200_000
      ? `${Math.round(ms / 3_600_000)} hours`
      : `${Math.round(ms / 60_000)} minutes`
