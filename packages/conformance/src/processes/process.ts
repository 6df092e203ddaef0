import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { type Disposables, disposables } from '../disposables.ts'
import type { Place } from '../subject.ts'
import type { TaskInput, TaskName, TaskOutcome } from './tasks.ts'
import type { Answer, Command } from './worker.ts'

/** Another process that opens a place and does a task there, step by step. Disposing of it kills it. */
export interface Process<T extends TaskName> extends AsyncDisposable {
  /** Has it open the place, or another one of that kind when it is done there; resolves when it has. */
  open(other?: Place): Promise<void>
  /** Has it begin; resolves with what came of it. */
  start(): Promise<TaskOutcome<T>>
  /** Lets a task go on that waits to be told. */
  letGo(): void
  /** What the task reported so far. */
  readonly reports: readonly unknown[]
  /** Resolves when that many reports have come. */
  reported(count: number): Promise<void>
  /** Ends it with SIGKILL, wherever it is. */
  kill(): Promise<void>
}

/** This file is TypeScript in a checkout and JavaScript when published, and so is the worker beside it. */
const worker = new URL(`./worker${extname(import.meta.url)}`, import.meta.url)

/** Starts a process of its own, which has loaded all it needs but opened nothing when this resolves. */
export async function startProcess<T extends TaskName>(
  { opener, location }: Place,
  task: T,
  input: TaskInput<T>,
): Promise<Process<T>> {
  const child = fork(worker, [opener.href, task, JSON.stringify(input)], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exit = once(child, 'exit')
  const reports: unknown[] = []
  const awaited = new Map<Answer['type'], (answer: Answer) => void>()
  child.on('message', (answer: Answer) => {
    if (answer.type === 'report') reports.push(answer.message)
    else awaited.get(answer.type)?.(answer)
  })

  // Not its exit, which may be noticed before the last it said has been read.
  const silence = once(child, 'disconnect').then(() => {
    throw new Error(`A process doing ${task} ended before it was done`)
  })
  silence.catch(() => undefined)
  const unlessSilent = <R>(answer: Promise<R>): Promise<R> => Promise.race([answer, silence])

  const answered = (type: Answer['type']) =>
    unlessSilent(new Promise<Answer>((resolve) => void awaited.set(type, resolve)))
  const tell = (command: Command) => child.send(command)
  const kill = async () => {
    child.kill('SIGKILL')
    await exit
  }

  await answered('loaded')
  return {
    async open(other) {
      tell({ type: 'open', location: other?.location ?? location })
      await answered('opened')
    },
    start() {
      tell({ type: 'start' })
      const outcome = answered('done').then((done) => (done as Done<T>).outcome)
      // A test that kills the process, or fails before it is done, does not wait for what comes of it.
      outcome.catch(() => undefined)
      return outcome
    },
    letGo: () => void tell({ type: 'let go' }),
    reports,
    async reported(count) {
      while (reports.length < count) await unlessSilent(once(child, 'message'))
    },
    kill,
    [Symbol.asyncDispose]: kill,
  }
}

interface Done<T extends TaskName> {
  readonly outcome: TaskOutcome<T>
}

/** Has as many processes as there are inputs open a place at one moment, then do a task at one moment. */
export async function together<T extends TaskName>(
  place: Place,
  task: T,
  inputs: readonly TaskInput<T>[],
): Promise<readonly TaskOutcome<T>[]> {
  await using group = disposables()
  const processes = await startProcesses(group, place, task, inputs)
  await Promise.all(processes.map((process) => process.open()))
  return await Promise.all(processes.map((process) => process.start()))
}

/** Has processes open a place at one moment, each of which does its task as soon as it has; then the next place. */
export async function togetherAtEach<T extends TaskName>(
  places: readonly [Place, ...Place[]],
  task: T,
  inputs: readonly TaskInput<T>[],
): Promise<void> {
  await using group = disposables()
  const processes = await startProcesses(group, places[0], task, inputs)
  for (const place of places) {
    await Promise.all(
      processes.map(async (process) => {
        await process.open(place)
        await process.start()
      }),
    )
  }
}

const startProcesses = <T extends TaskName>(
  group: Disposables,
  place: Place,
  task: T,
  inputs: readonly TaskInput<T>[],
) => Promise.all(inputs.map(async (input) => group.use(await startProcess(place, task, input))))
