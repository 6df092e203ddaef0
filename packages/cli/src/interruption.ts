/** That the user wants no more of it, unless somebody else answers to that. */
export interface Interruption {
  /** Aborted with the same reason. */
  readonly signal: AbortSignal
  /** Rejects with the reason. */
  readonly happened: Promise<never>
  ignore(): void
}

export function interruptionBy(user: AbortSignal): Interruption {
  const cut = new AbortController()
  const { promise: happened, reject } = Promise.withResolvers<never>()
  // A verb may end before anybody waits for this.
  happened.catch(() => undefined)
  const interrupt = () => {
    cut.abort(user.reason)
    reject(user.reason)
  }
  if (user.aborted) interrupt()
  user.addEventListener('abort', interrupt, { once: true })
  return { signal: cut.signal, happened, ignore: () => user.removeEventListener('abort', interrupt) }
}
