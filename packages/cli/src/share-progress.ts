import type { Terminal } from './io.ts'
import { progress } from './progress.ts'

/** Progress that is told as a share from 0 to 1, shown in percent. */
export function shareProgress(stream: Terminal, label: string) {
  const shown = progress(stream, `${label}, percent done:`)
  let percent = 0
  return {
    to(share: number) {
      const now = Math.floor(share * 100)
      if (now > percent) shown.step(now - percent)
      percent = Math.max(now, percent)
    },
    done: shown.done,
  }
}
