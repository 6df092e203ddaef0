/** What became of a question: it is no exception that Redis fails, so nothing is thrown. */
export type Outcome<T> =
  | { readonly is: 'answered'; readonly answer: T }
  | { readonly is: 'failed'; readonly error: unknown }
  | { readonly is: 'late' }

/** Resolves when the promise has settled, or in so many milliseconds. */
export function outcomeWithin<T>(ms: number, promise: Promise<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    // An answer that lies there already, because this process was busy, is not late: the turn after the timer reads it.
    const timer = setTimeout(() => setImmediate(resolve, { is: 'late' }), ms)
    promise.then(
      (answer) => {
        clearTimeout(timer)
        resolve({ is: 'answered', answer })
      },
      (error: unknown) => {
        clearTimeout(timer)
        resolve({ is: 'failed', error })
      },
    )
  })
}
