import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { scenes } from './scenes.ts'

export interface Playing extends AsyncDisposable {
  /** How the process ended, and what it said last. It ends by itself or not at all. */
  readonly outcome: Promise<{ readonly code: number | null; readonly said: unknown }>
  /** Has a scene go on that waits to be told. */
  letGo(): void
}

/** Plays a scene in a process of its own. */
export function play(scene: keyof typeof scenes, url: string): Playing {
  const child = fork(new URL('./scenes.ts', import.meta.url), [scene, url], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const said: unknown[] = []
  child.on('message', (message) => said.push(message))
  const outcome = once(child, 'close').then(([code]) => ({ code: code as number | null, said: said.at(-1) }))
  return {
    outcome,
    letGo: () => void child.send('go on'),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await outcome
    },
  }
}
