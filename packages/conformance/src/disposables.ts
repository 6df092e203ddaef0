/** What is to be disposed of together. */
export interface Disposables extends AsyncDisposable {
  use<T extends AsyncDisposable>(item: T): T
}

/** An `AsyncDisposableStack`, which the oldest Node that runs this does not have: last first, and all of them. */
export function disposables(): Disposables {
  const items: AsyncDisposable[] = []
  return {
    use(item) {
      items.push(item)
      return item
    },
    async [Symbol.asyncDispose]() {
      const errors: unknown[] = []
      for (const item of items.splice(0).reverse()) {
        await item[Symbol.asyncDispose]().then(undefined, (error: unknown) => errors.push(error))
      }
      if (errors.length > 0) throw errors[0]
    },
  }
}
