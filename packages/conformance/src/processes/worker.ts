import type { Opener } from '../subject.ts'
import { type TaskName, tasks } from './tasks.ts'

/** What a process is told, step by step, by the one that started it. */
export type Command =
  | { readonly type: 'open'; readonly location: string }
  | { readonly type: 'start' }
  | { readonly type: 'let go' }

/** What it answers. */
export type Answer =
  | { readonly type: 'loaded' | 'opened' }
  | { readonly type: 'report'; readonly message: unknown }
  | { readonly type: 'done'; readonly outcome: unknown }

const [opener, task, input] = process.argv.slice(2) as [string, TaskName, string]

const awaited = new Map<Command['type'], (command: never) => void>()
process.on('message', (command: Command) => awaited.get(command.type)?.(command as never))
process.on('disconnect', () => process.exit())

/** Resolves when this process is next told so. */
const told = <T extends Command['type']>(type: T) =>
  new Promise<Extract<Command, { type: T }>>((resolve) => void awaited.set(type, resolve))
const answer = (message: Answer) => process.send!(message)
const report = (message: unknown) => answer({ type: 'report', message })

const { openStore } = (await import(opener)) as Opener
const work = tasks[task] as (...args: unknown[]) => unknown
answer({ type: 'loaded' })
while (true) {
  const { location } = await told('open')
  const store = await openStore(location)
  answer({ type: 'opened' })
  await told('start')
  const outcome = await work(store, JSON.parse(input), report, told('let go'))
  await store.close()
  answer({ type: 'done', outcome })
}
