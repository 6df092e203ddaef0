import { type Client, isCluster } from './client.ts'

export type Command = readonly [name: string, ...words: (string | number)[]]

/** Sends commands together, of one key each, and resolves with what became of each of them. */
export async function burst(
  client: Client,
  commands: readonly Command[],
): Promise<readonly PromiseSettledResult<unknown>[]> {
  if (commands.length === 1 || isCluster(client)) {
    return Promise.allSettled(commands.map(([name, ...words]) => client.call(name, ...words)))
  }
  const answers = await client.pipeline(commands.map((command) => [...command])).exec()
  return (answers ?? []).map(([reason, value]) =>
    reason ? { status: 'rejected', reason } : { status: 'fulfilled', value },
  )
}
