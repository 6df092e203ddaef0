import { StoreError, type StoreErrorCode } from '@consensus-store/core'
import { expect } from 'vitest'

/** Expects a call to reject with a `StoreError` of this code, and gives it. */
export async function refusal(code: StoreErrorCode, call: Promise<unknown>): Promise<StoreError> {
  const error = await call.then(
    (value) => expect.fail(`expected ${code}, but the call resolved to ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(StoreError)
  expect(error).toMatchObject({ code })
  return error as StoreError
}
