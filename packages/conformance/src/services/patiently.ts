import { setTimeout as sleep } from 'node:timers/promises'

/** Repeats an attempt until it succeeds; rejects with its last error after seconds, or at once with one that is `final`. */
export async function patiently<T>(
  attempt: () => Promise<T>,
  final: (error: unknown) => boolean = () => false,
  seconds = 60,
): Promise<T> {
  const deadline = performance.now() + seconds * 1_000
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (final(error) || performance.now() > deadline) throw error
      await sleep(50)
    }
  }
}
