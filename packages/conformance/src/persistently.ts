import { StoreError } from '@consensus-store/core'

/** Repeats a call that a store may refuse with BUSY when others are at it too; writes can be repeated. */
export async function persistently<T>(call: () => Promise<T>, attempts = 50): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (!(error instanceof StoreError && error.retryable) || attempt === attempts) throw error
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10 * attempt))
    }
  }
}
