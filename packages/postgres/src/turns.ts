import { StoreError } from '@consensus-store/core'

export interface Turns {
  /** Runs `work` when it is its turn; BUSY when that does not come in time. */
  take<T>(work: () => Promise<T>): Promise<T>
}

/** Lets so many at a time; who comes later waits behind those who came before. */
export function turns(atOnce: number, timeoutMs: number): Turns {
  const queue: (() => void)[] = []
  let taken = 0

  return {
    async take(work) {
      if (taken < atOnce) taken += 1
      else await turnIn(queue, timeoutMs)
      try {
        return await work()
      } finally {
        const next = queue.shift()
        if (next) next()
        else taken -= 1
      }
    },
  }
}

/** Resolves when whoever owns the queue calls what this puts into it; BUSY when that takes too long. */
export function turnIn(queue: (() => void)[], timeoutMs: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    queue.splice(queue.indexOf(turn), 1)
    reject(new StoreError('BUSY', `All connections were in use for ${timeoutMs} ms`))
  }, timeoutMs)
  const turn = () => {
    clearTimeout(timer)
    resolve()
  }
  queue.push(turn)
  return promise
}
