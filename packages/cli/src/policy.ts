import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { RetentionPolicy } from '@consensus-store/core'
import type { Context } from './command.ts'
import { bytes, days, type OptionValues, text, whole } from './option.ts'
import { UsageError } from './usage-error.ts'

/** How long runs are to stay, for every verb that has to know. */
export const policyOptions = {
  'archive-after': days('Archive runs this many days after their end', 30),
  'delete-after': days('Delete runs, archived ones too, this many days after their end', 90),
  'keep-latest': whole('<n>', 'Leave so many of the newest runs of each spec and stage as they are', {
    min: 0,
    fallback: undefined,
  }),
  'max-size': bytes('Take runs that ended first before their time while all bodies are larger'),
  policy: text(
    '<file>',
    'A policy as JSON, with overrides by stage and labels; options replace what it says for all runs, not its overrides',
  ),
}

/** What is in a policy is for the store to judge. UsageError when the file holds none. */
export async function policyGiven(
  context: Context,
  { policy: file, ...given }: OptionValues<typeof policyOptions>,
): Promise<RetentionPolicy> {
  return { ...(file === undefined ? {} : await policyIn(context, file)), ...policyOf(given) }
}

/** The same; `undefined` when nothing was said about it. */
export const policyIfGiven = async (
  context: Context,
  given: OptionValues<typeof policyOptions>,
): Promise<RetentionPolicy | undefined> =>
  Object.values(given).every((value) => value === undefined) ? undefined : policyGiven(context, given)

const policyOf = (given: Omit<OptionValues<typeof policyOptions>, 'policy'>): RetentionPolicy => ({
  ...(given['archive-after'] !== undefined && { archiveAfterDays: given['archive-after'] }),
  ...(given['delete-after'] !== undefined && { deleteAfterDays: given['delete-after'] }),
  ...(given['keep-latest'] !== undefined && { keepLatest: given['keep-latest'] }),
  ...(given['max-size'] !== undefined && { maxBytes: given['max-size'] }),
})

async function policyIn({ io }: Context, file: string): Promise<RetentionPolicy> {
  const json = await readFile(resolve(io.cwd, file), 'utf8')
  try {
    const policy: unknown = JSON.parse(json)
    if (typeof policy === 'object' && policy !== null && !Array.isArray(policy)) return policy
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${(error as Error).message}`)
  }
  throw new UsageError(`${file} is no policy: it must hold an object`)
}
