import {
  type ConsensusStore,
  type Health,
  type HealthOptions,
  openMetrics,
  unwell,
} from '@consensus-store/core'
import { type Context, command } from '../command.ts'
import { printHealth } from '../health-view.ts'
import { isServer } from '../open-store.ts'
import { bytes, duration, flag, optionalDuration, optionalShare } from '../option.ts'
import { policyIfGiven, policyOptions } from '../policy.ts'
import { Remedied } from '../remedied.ts'
import { splitUrl, withoutPasswords } from '../store-url.ts'
import { UsageError } from '../usage-error.ts'

export const health = command({
  summary: 'Say how the store is doing, and what to do about it',
  details:
    'Findings come first, what is most urgent before the others; a store that cannot be opened is one. Exits with 1 if there ' +
    'are any, so that cron notices; with --openmetrics with 0, so that figures are published all the same. Overdue are runs ' +
    'that retention would take, except for a size budget, by the policy that is given, or else by the one it went by last.',
  args: [],
  options: {
    openmetrics: flag('Print figures for monitors, in the text format of OpenMetrics'),
    'stale-after': duration('How long an agent may be out', '1h'),
    'backup-age': optionalDuration('How old the last backup may be (7d unless given, if there ever was one)'),
    latency: optionalDuration('In what time the database is to answer (0.25s unless given)'),
    'free-share': optionalShare('Part of the store that may be free (0.25 unless given)'),
    'log-size': bytes('How large the log of commits may be (256MiB unless given)'),
    room: bytes('For how much more the disk is to have room (256MiB unless given)'),
    ...policyOptions,
  },

  async run(context, _args, given) {
    context.outlastReader()
    if (given.openmetrics && context.json)
      throw new UsageError('--openmetrics and --json are two formats: choose one')
    const { openmetrics, room, 'stale-after': staleAfterMs, 'backup-age': backupAgeMs, ...rest } = given
    const { latency: latencyMs, 'free-share': freeShare, 'log-size': walBytes, ...policy } = rest
    const report = await healthOf(context, {
      policy: await policyIfGiven(context, policy),
      staleAfterMs,
      backupAgeMs,
      latencyMs,
      freeShare,
      walBytes,
      roomBytes: room,
    })
    if (openmetrics) {
      await context.printBody(openMetrics(report))
      return 0
    }
    if (context.json) await context.printJson(report)
    else await printHealth(context, report)
    return report.findings.length > 0 ? 1 : 0
  },
})

/** A monitor is to hear of a store that cannot be opened as of any other. */
async function healthOf(context: Context, options: HealthOptions): Promise<Health> {
  const began = performance.now()
  let store: ConsensusStore
  try {
    store = await context.open()
  } catch (error) {
    if (!(error instanceof Remedied)) throw error
    const url = context.storeUrl
    return unwell(splitUrl(url).scheme, performance.now() - began, {
      severity: 'error',
      subject: isServer(url) ? 'server' : 'database',
      message: `${error.code}: ${withoutPasswords(error.message)}`,
      remedy: error.remedy,
    })
  }
  return store.health(options)
}
