import type { Nouns } from '@consensus-store/core'
import { Redis } from 'ioredis'
import { encodeEntry, seedOf } from '../../src/entry.ts'
import type { RoutingCachedStore, RoutingCacheOptions } from '../../src/index.ts'
import { keys } from '../../src/keys.ts'

/** Puts routes into Redis when their agents are spawned, whether or not that will be committed. */
export function keepingWhatIsSpawned(
  store: RoutingCachedStore,
  { redis, prefix = 'consensus' }: RoutingCacheOptions,
): RoutingCachedStore {
  const client = new Redis(redis as string)

  const keeping = (nouns: Nouns, identity: string): Nouns => ({
    ...nouns,
    executions: {
      ...nouns.executions,
      async spawn(input) {
        const execution = await nouns.executions.spawn(input)
        const { agentId } = execution
        await client.set(
          keys(prefix, identity).route(agentId),
          encodeEntry(execution, seedOf(identity)),
          'PX',
          60_000,
        )
        return execution
      },
    },
  })

  const close = () => store.close().finally(() => client.disconnect())
  return {
    ...store,
    async transaction(work) {
      const identity = await store.identity()
      return store.transaction((tx) => work(keeping(tx, identity)))
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}
