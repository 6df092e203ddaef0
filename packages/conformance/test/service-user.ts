// A process that takes a service, says where it is, and waits to be told how to end.
import { postgresService, redisService, type Way } from '@consensus-store/conformance/services'

const [name, ways, own] = process.argv.slice(2)
const take = name === 'redis' ? redisService : postgresService
const { url, took } = await take({ ways: ways!.split(',') as Way[], own: own === 'own' })
process.send!({ url, took })

process.on('message', (ending) => {
  if (ending === 'throws') throw new Error('as the test asked for')
  if (ending === 'exits') process.exit()
  // It has nothing more to do and has not stopped its service.
  if (ending === 'is done') process.disconnect()
})
