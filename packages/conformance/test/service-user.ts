// A process that takes a service, says where it is, and waits to be told how to end.
import {
  postgresService,
  redisCluster,
  redisSentinel,
  redisService,
  type Way,
} from '@consensus-store/conformance/services'

const [name, ways, own] = process.argv.slice(2)
const options = { ways: ways!.split(',') as Way[], own: own === 'own' }
const urlsOf = (nodes: readonly { readonly url: string }[]) => ({ urls: nodes.map(({ url }) => url) })

const take: Record<string, () => Promise<object>> = {
  postgres: () => postgresService(options),
  redis: () => redisService(options),
  'redis-cluster': async () => urlsOf((await redisCluster()).nodes),
  'redis-sentinel': async () => {
    const { nodes, sentinel } = await redisSentinel()
    return urlsOf([...nodes, sentinel])
  },
}
process.send!(await take[name!]!())

process.on('message', (ending) => {
  if (ending === 'throws') throw new Error('as the test asked for')
  if (ending === 'exits') process.exit()
  // It has nothing more to do and has not stopped its service.
  if (ending === 'is done') process.disconnect()
})
