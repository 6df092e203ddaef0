import { type ConsensusStore, type Event, MAX_LIMIT, runIds, stringifyBundle } from '@consensus-store/core'
import { wholeLog } from './follow-log.ts'

/** All a store of fewer than a thousand of each tells, in every way it is asked; equal for stores with equal histories. */
export async function everythingIn(store: ConsensusStore) {
  const { runs, executions, routes, artifacts, syntheses, events, cursors, archives } = store
  const ids: string[] = []
  for await (const id of runIds(store)) ids.push(id)
  const log = await wholeLog(store)
  const places = new Map(log.map(({ position }, i) => [position, i + 1]))
  const placed = ({ position, ...event }: Event) => ({ ...event, place: places.get(position) })
  const position = await events.position()
  const everyone = (await executions.list({ limit: MAX_LIMIT })).items.map(({ agentId }) => agentId)

  return {
    exports: await Promise.all(ids.map(async (id) => stringifyBundle((await runs.bundle(id))!))),
    log: log.map(placed),
    positionIsThatOfTheLog: position >= (log.at(-1)?.position ?? 0),
    behindThePosition: (await events.readAll({ after: position })).map(placed),
    logs: await Promise.all(
      ids.map(async (runId) => (await events.read(runId, { limit: MAX_LIMIT })).map(placed)),
    ),
    runs: (await runs.list({ limit: MAX_LIMIT })).items,
    executions: await Promise.all(everyone.map(executions.get)),
    responses: await Promise.all(everyone.map(executions.response)),
    routes: await Promise.all(everyone.map(routes.find)),
    artifacts: await Promise.all(ids.map((runId) => artifacts.list({ runId, limit: MAX_LIMIT }))),
    syntheses: await Promise.all(ids.map((runId) => syntheses.list({ runId, limit: MAX_LIMIT }))),
    cursors: await cursors.list({ limit: MAX_LIMIT }),
    archives: await archives.list({ limit: MAX_LIMIT }),
    verification: await store.verify(),
  }
}
