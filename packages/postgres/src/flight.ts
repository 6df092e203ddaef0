import type { Answer, Line, Query } from './line.ts'

const COMMIT: Query = { text: 'commit' }

/**
 * One transaction in one round trip: sends all that it does, and its commit right behind. Rejects with what failed, and
 * leaves no transaction open.
 */
export async function flight(line: Line, queries: readonly Query[]): Promise<Answer[]> {
  // Not in the batch: what a failure has the server skip must not be the transaction's end.
  const [answers, commit] = await Promise.allSettled([line.sendAll(queries), line.send(COMMIT)])
  if (commit.status === 'rejected') await line.rollBack()
  if (answers.status === 'rejected') throw answers.reason
  if (commit.status === 'rejected') throw commit.reason
  return answers.value
}
