import { benchmark, UsageError, wishes } from '@consensus-store/conformance/bench'
import Database from 'better-sqlite3'
import { trials } from './trials/index.ts'
import { full, tiny } from './trials/sizes.ts'
import { workshop } from './workshop.ts'

try {
  const wanted = wishes(process.argv.slice(2))
  const sqlite = new Database(':memory:').prepare('select sqlite_version()').pluck().get() as string
  await benchmark(trials(workshop(), wanted.once ? tiny : full), wanted, { facts: { sqlite } })
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 2
}
