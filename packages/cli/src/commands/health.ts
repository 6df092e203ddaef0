import type { Finding } from '@consensus-store/core'
import { command } from '../command.ts'
import { printFacts } from '../history-view.ts'
import type { Output } from '../output.ts'

export const health = command({
  summary: 'Say how the store is doing, and what to do about it',
  details: 'Findings come first. Exits with 1 if one of them is an error; a warning alone is not.',
  args: [],
  options: {},

  async run(context) {
    const store = await context.open()
    const report = await store.health()
    if (context.json) await context.printJson(report)
    else {
      for (const finding of report.findings) await printFinding(context, finding)
      const { findings, details, latencyMs } = report
      const answer = `The ${report.store} store answers in ${latencyMs.toFixed(1)} ms`
      await context.print(findings.length === 0 ? `${answer}; nothing to do.` : `${answer}.`)
      await printFacts(
        context,
        Object.entries(details).map(([name, value]) => [name, String(value)]),
      )
    }
    return report.findings.some(({ severity }) => severity === 'error') ? 1 : 0
  },
})

async function printFinding(
  { print, paint, quote }: Output,
  { severity, subject, message, remedy }: Finding,
) {
  const mark = paint(severity === 'error' ? 'red' : 'yellow', severity)
  await print(`${mark}: ${quote(subject)} ${quote(message)}\n  ${quote(remedy)}`)
}
