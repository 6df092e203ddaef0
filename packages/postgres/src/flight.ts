import { isAftermath } from './errors.ts'
import type { Answer, Line, Query } from './line.ts'

/**
 * Sends all queries at once and waits for all answers: one round trip. Rejects with the first failure that is not
 * merely the aftermath of another.
 */
export async function flight(line: Line, queries: readonly Query[]): Promise<Answer[]> {
  const answers = await Promise.allSettled(queries.map((query) => line.send(query)))
  const failures = answers.filter((answer) => answer.status === 'rejected').map(({ reason }) => reason)
  if (failures.length > 0) throw failures.find((failure) => !isAftermath(failure)) ?? failures[0]
  return answers.map((answer) => (answer as PromiseFulfilledResult<Answer>).value)
}
