import { openMetrics } from '@consensus-store/core'
import { command } from '../command.ts'
import { printHealth } from '../health-view.ts'
import { duration, flag, optionalDuration } from '../option.ts'
import { policyGiven, policyOptions } from '../policy.ts'
import { UsageError } from '../usage-error.ts'

export const health = command({
  summary: 'Say how the store is doing, and what to do about it',
  details:
    'Findings come first, what is most urgent before the others. Exits with 1 if there are any, so that cron or a monitor ' +
    'notices. Overdue are runs that retention would take by the policy that is given, except for a size budget.',
  args: [],
  options: {
    openmetrics: flag('Print figures for monitors, in the text format of OpenMetrics'),
    'stale-after': duration('How long an agent may be out', '1h'),
    'backup-age': optionalDuration('How old the last backup may be (7d unless told, if there ever was one)'),
    ...policyOptions,
  },

  async run(
    context,
    _args,
    { openmetrics, 'stale-after': staleAfterMs, 'backup-age': backupAgeMs, ...given },
  ) {
    if (openmetrics && context.json)
      throw new UsageError('--openmetrics and --json are two formats: choose one')
    const policy = await policyGiven(context, given)
    const store = await context.open()
    const report = await store.health({ policy, staleAfterMs, backupAgeMs })
    if (openmetrics) await context.printBody(openMetrics(report))
    else if (context.json) await context.printJson(report)
    else await printHealth(context, report)
    return report.findings.length > 0 ? 1 : 0
  },
})
