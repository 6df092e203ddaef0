import type { Chore } from './chore.ts'
import type { StoreErrorCode } from './error.ts'
import type { Count, Finding, Health, Setting, Space } from './health.ts'
import type { Limits, PolicyJudgedBy } from './limits.ts'
import { policyAsOptions, policyInWords } from './policy-words.ts'

/** Subjects in the order in which to see to them; those that are not named come last, as they were found. */
const URGENCY: readonly string[] = [
  'database',
  'server',
  'disk_space',
  'backup',
  'upkeep',
  'overdue_runs',
  'stale_executions',
  'wal',
  'free_space',
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

/** A part that could not be read: what that means depends on why. */
export function unreadable(part: string, code: StoreErrorCode, problem: string): Finding {
  const { severity, remedy } = unreadableBecause[code] ?? BROKEN
  return { severity, subject: 'database', message: `Health cannot tell of ${part}: ${problem}`, remedy }
}

const BROKEN = {
  severity: 'error',
  remedy: 'See to what it names, then ask again.',
} as const

const unreadableBecause: Readonly<Partial<Record<StoreErrorCode, Pick<Finding, 'severity' | 'remedy'>>>> = {
  CORRUPT: {
    severity: 'error',
    remedy: 'Run consensus verify. If what it names cannot be repaired, restore a backup.',
  },
  SCHEMA: {
    severity: 'error',
    remedy:
      'Its tables are not those that this version made: look who changed them. If they are gone, restore a backup.',
  },
  BUSY: {
    severity: 'warning',
    remedy:
      'Ask again. If it stays so, look for who holds a lock, or what else uses its disk or its processor.',
  },
  UNAVAILABLE: {
    severity: 'error',
    remedy: 'Check that it can be reached and that its disk is well, then ask again.',
  },
}

/** What was found out of a store, before it is judged. */
export interface Found extends Omit<Health, 'ok' | 'findings'> {
  readonly judgedBy: PolicyJudgedBy
  /** The command that gives free space back. */
  readonly reclaimBy: string
}

/** What there is to do about what was found, whatever the backend. */
export function* judge(found: Found, limits: Limits, at: Date): Iterable<Finding> {
  const { latencyMs, settings, space, overdue, stale, chores, oldestRunAt, judgedBy, reclaimBy } = found
  for (const setting of settings) if (setting.wanted !== setting.actual) yield ignored(setting)
  if (latencyMs > limits.latencyMs) {
    yield warning(
      'latency',
      `The database took ${latencyMs.toFixed(0)} ms to answer, more than ${limits.latencyMs} ms`,
      'Look for what else uses its disk, its processor or the network on the way to it.',
    )
  }
  if (space) yield* ofSpace(space, limits, reclaimBy)
  if (overdue && overdue.count > 0) yield ofOverdue(overdue, judgedBy)
  if (stale && stale.count > 0) yield ofStale(stale, limits)
  for (const chore of chores) {
    // What failed within a round is a chore of its own.
    if (chore.last && !chore.last.ok && chore.name !== 'upkeep') yield failed(chore, judgedBy, reclaimBy)
  }
  yield* ofBackup(chores, limits, at, oldestRunAt)
}

function* ofSpace(space: Space, limits: Limits, reclaimBy: string): Iterable<Finding> {
  const { bytes, freeBytes = 0, walBytes, roomBytes = Number.POSITIVE_INFINITY } = space
  if (roomBytes < limits.roomBytes) {
    yield {
      severity: roomBytes < limits.roomBytes / 16 ? 'error' : 'warning',
      subject: 'disk_space',
      message: `The disk has room for ${mebibytes(roomBytes)} more, less than ${mebibytes(limits.roomBytes)}`,
      remedy: `Make room on the disk, or give space back: ${reclaimBy}. Without room, writes are refused with FULL.`,
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
      `Give the space back: ${reclaimBy}.`,
    )
  }
}

/** So little is not worth the work. */
const FREE_BYTES = 16 * 1_048_576

function ofOverdue(overdue: Count, judgedBy: PolicyJudgedBy): Finding {
  const options = policyAsOptions(judgedBy)
  return warning(
    'overdue_runs',
    `${shown(overdue, 'run is', 'runs are')} older than the policy allows: ${policyInWords(judgedBy.policy)}`,
    `See what would go: consensus retention plan${options}. Then have it done by the same policy: consensus retention apply${options}.`,
  )
}

function ofStale(stale: Count, { staleAfterMs }: Limits): Finding {
  const options = `--older-than ${duration(staleAfterMs)}`
  return warning(
    'stale_executions',
    `${shown(stale, 'execution has', 'executions have')} been out for more than ${duration(staleAfterMs)}`,
    `See which: consensus stale ${options}. Time out those that nobody waits for: consensus stale --time-out ${options}. Until then their runs are never archived.`,
  )
}

function* ofBackup(
  chores: readonly Chore[],
  { backupAgeMs, backupAsked }: Limits,
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
      ? `The last backup is of ${since.toISOString()}, more than ${duration(backupAgeMs)} ago`
      : `There was never a backup, and the oldest run is of ${since.toISOString()}`,
    'Make one: consensus backup <file>.',
  )
}

/** The remedy of a chore does that chore and nothing else: another one may do what nobody asked for. */
function failed({ name, last }: Chore, judgedBy: PolicyJudgedBy, reclaimBy: string): Finding {
  const commands: Readonly<Record<string, string>> = {
    backup: 'consensus backup <file>',
    retention: `consensus retention apply${policyAsOptions(judgedBy)}`,
    reclaim: reclaimBy,
  }
  const command = Object.hasOwn(commands, name) ? `: ${commands[name]}` : ''
  const why = last?.summary.message ?? 'it does not say why'
  return warning(
    name === 'backup' ? 'backup' : 'upkeep',
    `The chore ${name} failed the last time: ${why}`,
    `See to what it names, then do it again${command}.`,
  )
}

const ignored = ({ name, wanted, actual, severity = 'warning', remedy = CHECK_BUILD }: Setting): Finding => ({
  severity,
  subject: name,
  message: `${name} is ${actual}, not ${wanted}: it was asked for and not taken`,
  remedy,
})

const CHECK_BUILD = 'Check the version of the database and how it was built.'

const warning = (subject: string, message: string, remedy: string): Finding => ({
  severity: 'warning',
  subject,
  message,
  remedy,
})

const shown = ({ count, precision }: Count, one: string, many: string) =>
  `${precision === 'exact' ? '' : precision === 'at least' ? 'At least ' : 'About '}${count} ${count === 1 ? one : many}`

const mebibytes = (bytes: number) => `${(bytes / 1_048_576).toFixed(bytes < 10_485_760 ? 1 : 0)} MiB`

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
] as const

/** A span of time as commands take it, in the largest unit that says it exactly, and otherwise in seconds. */
function duration(ms: number): string {
  const unit = units.find(([, unitMs]) => ms >= unitMs && ms % unitMs === 0)
  return unit ? `${ms / unit[1]}${unit[0]}` : `${ms / 1_000}s`
}
