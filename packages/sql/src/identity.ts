import { StoreError } from '@consensus-store/core'
import type { Session } from './context.ts'
import { statement } from './statement.ts'

/** What the first migration named the store. */
export async function identityOf(session: Session): Promise<string> {
  const identity = await session.first(readIdentity, {})
  if (identity === undefined) throw new StoreError('CORRUPT', 'The table store, which names it, is empty')
  return identity
}

const readIdentity = statement()(
  ({ db }) => db.selectFrom('store').select('identity'),
  ({ identity }) => identity,
)
