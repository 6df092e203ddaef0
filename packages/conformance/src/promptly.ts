/** Rejects when a call that must not wait for anything is still waiting after seconds. */
export async function promptly<T>(call: Promise<T>, what: string, ms = 10_000): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} is still waiting after ${ms} ms`)), ms)
  return Promise.race([call, promise]).finally(() => clearTimeout(timer))
}
