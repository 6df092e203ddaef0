import type { Demand, StartedServer } from './keeper.ts'

/** The variable of the environment by which the processes of a test run find their host. */
export const HOST = 'CONSENSUS_TEST_SERVICES'

/** A server that others use too: nobody may end or crash it. */
export type SharedServer = Pick<StartedServer, 'url' | 'describe' | 'took'>

export type HostAnswer = { readonly started: SharedServer } | { readonly failed: string }

/** A server from the process that hosts the services of this test run, or `undefined` where none does. */
export async function askHost(demand: Demand): Promise<SharedServer | undefined> {
  const address = process.env[HOST]
  if (!address) return undefined
  const response = await fetch(address, { method: 'POST', body: JSON.stringify(demand) })
  const answer = (await response.json()) as HostAnswer
  if ('failed' in answer) throw new Error(answer.failed)
  return answer.started
}
