// Runs the benchmarks of every backend: `pnpm bench [--only <part of a title>] [--json <file>] [--once]`.
import { benchmark, UsageError, wishes } from '../packages/conformance/src/bench/index.ts'
import { memorySuite } from '../packages/memory/bench/suite.ts'
import { postgresSuite } from '../packages/postgres/bench/suite.ts'
import { redisSuite } from '../packages/redis/bench/suite.ts'
import { sqliteSuite } from '../packages/sqlite/bench/suite.ts'

try {
  const wanted = wishes(process.argv.slice(2))
  await using memory = memorySuite(wanted.once)
  await using sqlite = sqliteSuite(wanted.once)
  await using postgres = postgresSuite(wanted.once)
  await using redis = redisSuite(wanted.once)
  await benchmark([...memory.trials, ...sqlite.trials, ...postgres.trials, ...redis.trials], wanted, {
    facts: async () => ({ ...(await sqlite.facts()), ...(await postgres.facts()), ...(await redis.facts()) }),
  })
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
