import type { Opener } from '../subject.ts'
import { type TaskName, tasks } from './tasks.ts'

/** What a process is told, step by step, by the one that started it. */
export type Command = 'open' | 'start' | 'let go'

/** What it answers. */
export type Answer =
  | { readonly type: 'loaded' | 'opened' }
  | { readonly type: 'report'; readonly message: unknown }
  | { readonly type: 'done'; readonly outcome: unknown }

const [opener, location, task, input] = process.argv.slice(2) as [string, string, TaskName, string]

const commands = new Map<Command, PromiseWithResolvers<void>>(
  (['open', 'start', 'let go'] as const).map((command) => [command, Promise.withResolvers()]),
)
process.on('message', (command: Command) => commands.get(command)?.resolve())
process.on('disconnect', () => process.exit())

const told = (command: Command) => commands.get(command)!.promise
const answer = (message: Answer) => process.send!(message)

const { openStore } = (await import(opener)) as Opener
answer({ type: 'loaded' })
await told('open')
const store = await openStore(location)
answer({ type: 'opened' })
await told('start')
const work = tasks[task] as (...args: unknown[]) => unknown
const report = (message: unknown) => answer({ type: 'report', message })
const outcome = await work(store, JSON.parse(input), report, told('let go'))
await store.close()
answer({ type: 'done', outcome })
process.disconnect()
