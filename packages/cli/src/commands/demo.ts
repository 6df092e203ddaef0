import { type ConsensusStore, MAX_LIMIT, replay } from '@consensus-store/core'
import { stateOf } from '../columns.ts'
import { type Context, command } from '../command.ts'
import { demoClock } from '../demo/clock.ts'
import { type Played, play, type Tell } from '../demo/play.ts'
import { scenes } from '../demo/scenes.ts'
import { shellQuoted } from '../invocation.ts'
import { withoutPasswords } from '../store-url.ts'

const CALL_COLUMN = 20
const LESSON =
  'Every change was an event, written with its row. So any moment can be replayed, and any row verified.'

export const demo = command({
  summary: 'Play a small history, and look at it from all sides',
  details: 'It leaves sqlite:./consensus-demo.db behind, or the store named; every time it adds new runs.',
  args: [],
  options: {},
  defaultStore: 'sqlite:./consensus-demo.db',

  async run(context) {
    const { io, json, print, paint, quote } = context
    const clock = demoClock(io.clock)
    const store = await context.open({ missing: 'create', env: clock })
    const tag = io.clock.newId().slice(-6)
    const say = json ? async () => {} : print
    const tell: Tell = (call, outcome) =>
      say(`   ${paint('cyan', call.padEnd(CALL_COLUMN))} ${quote(outcome)}`)

    const earlier = (await store.runs.list({ limit: 1 })).items.length > 0
    await say(
      `Four runs of two specs, played into ${quote(withoutPasswords(context.storeUrl))}; their times are of the last three hours.` +
        (earlier ? `\nThere is a history already: these are new runs beside it, all ending in ${tag}.` : ''),
    )

    const played: Played[] = []
    for (const [i, scene] of scenes.entries()) {
      await say(`\n${paint('bold', `${i + 1}  ${scene.title}`)}\n   ${paint('dim', scene.lesson)}`)
      played.push(await play(scene, { store, clock, tag, tell }))
    }
    await say(`\n${paint('bold', '5  Later, somebody asks')}\n   ${paint('dim', LESSON)}`)
    clock.setMinutesAgo(0)
    await lookBack(store, played, tell, clock.now())

    if (json)
      await context.printJson({ store: withoutPasswords(context.storeUrl), runs: played.map(summary) })
    else await print(`\n${nextSteps(context, played)}`)
    return 0
  },
})

const summary = ({ run }: Played) => ({
  id: run.id,
  specId: run.specId,
  stage: run.stage,
  state: stateOf(run),
})

async function lookBack(store: ConsensusStore, played: readonly Played[], tell: Tell, now: Date) {
  const [plan, audit] = played as [Played, Played]
  const { specId, stage } = audit.run
  const latest = await store.syntheses.latest({ specId, stage })
  await tell(
    'syntheses.latest',
    `${specId}, ${stage}: ${latest?.verdict}, ${latest?.markdownBytes} bytes of markdown`,
  )

  const middle = await replay(store, plan.run.id, { to: 9 })
  const answered = [...middle.executions.values()].filter(({ status }) => status === 'completed')
  await tell(
    'replay',
    `${plan.run.id} after event 9 of ${plan.run.lastSequence}: ${middle.run.status}, ` +
      `${answered.length} of ${middle.executions.size} agents had answered`,
  )

  const olderThan = new Date(now.getTime() - 30 * 60_000)
  const stale = await store.executions.stale({ olderThan, limit: MAX_LIMIT })
  const ours = stale.items.filter(({ runId }) => played.some(({ run }) => run.id === runId))
  await tell('executions.stale', ours.map(({ agentId }) => agentId).join(', '))

  let events = 0
  let differences = 0
  for (const { run } of played) {
    const verification = await store.verify(run.id)
    events += verification.events
    differences += verification.differences.length
  }
  await tell('verify', `${events} events in ${played.length} runs; ${differences} rows differ from their log`)

  const { findings } = await store.health()
  await tell(
    'health',
    findings.length === 0
      ? 'nothing to do'
      : findings.map(({ subject, message }) => `${subject} ${message}`).join('; '),
  )
}

function nextSteps({ storeUrl, invocation, paint }: Context, played: readonly Played[]): string {
  if (storeUrl.startsWith('memory:'))
    return 'The store was in memory and is gone now; without --store it stays.'
  const [plan, audit, search, again] = played as [Played, Played, Played, Played]
  const call = (words: string) =>
    `  ${invocation} ${words} --store ${shellQuoted(withoutPasswords(storeUrl))}`
  return [
    paint('bold', 'Next, on the store this leaves behind'),
    call('runs'),
    call(`show ${audit.run.id} --content`),
    call(`latest ${audit.run.specId} ${audit.run.stage} --markdown`),
    call(`route ${again.agentIds.join(' ')}`),
    call(`timeline ${audit.run.id}`),
    call(`replay ${plan.run.id} --to 9`),
    call(`diff ${search.run.id} ${again.run.id}`),
    call('failures'),
    call('stale --older-than 30m'),
    call('health'),
  ].join('\n')
}
