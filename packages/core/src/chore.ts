import { count, flag, instant, name, options, text } from './argument.ts'
import { type Env, now } from './env.ts'
import { invalid } from './error.ts'

/** What keeps a store well, one of it at a time: who does it now, and what came of it last. */
export interface Chore {
  readonly name: string
  /** Who does it now, if somebody does. */
  readonly holder: string | undefined
  /** Until when the holder is trusted to be at it. */
  readonly heldUntil: Date | undefined
  readonly last: ChoreOutcome | undefined
}

/** What came of a chore. */
export interface ChoreOutcome {
  readonly startedAt: Date
  readonly endedAt: Date
  readonly ok: boolean
  /** Figures of what was done, or the message of what went wrong. */
  readonly summary: ChoreSummary
}

/** Figures and words by name. */
export type ChoreSummary = Readonly<Record<string, string | number | boolean>>

/** Who does which chore, and what came of it. */
export interface Chores {
  /**
   * Takes a chore for so many milliseconds, a day at most, or has them begin anew, and gives whether the holder has it: nobody
   * else has it then, in any process, until that time is over or it is finished.
   */
  take(chore: string, holder: string, forMs: number): Promise<boolean>
  /**
   * Gives a chore back with what came of it, be it after its time. False, and nothing is kept, when somebody else took it
   * since; finishing again with the same outcome is true for as long as nobody did.
   */
  finish(chore: string, holder: string, outcome: ChoreOutcome): Promise<boolean>
  /** In the order of their names. */
  list(): Promise<readonly Chore[]>
}

/** Milliseconds for which a chore can be taken at once. */
export const MAX_LEASE_MS = 86_400_000

/** A chore as it is kept: who had it last, and until when; without an end, it was finished. */
export interface KeptChore {
  readonly name: string
  readonly holder: string
  readonly heldUntil: Date | undefined
  readonly outcome: ChoreOutcome | undefined
}

/** A claim on a chore that is about to be made. */
export interface Lease {
  readonly name: string
  readonly holder: string
  readonly at: Date
  readonly until: Date
  /** No clock that is right can have said so: whoever is held until after that is not trusted. */
  readonly latest: Date
}

/** The claim that `chores.take` would make. INVALID, naming the argument, when one is not what it should be. */
export function lease(chore: string, holder: string, forMs: number, env: Env): Lease {
  const at = now(env)
  const after = (ms: number) => new Date(at.getTime() + ms)
  return {
    name: name(chore, 'chore'),
    holder: name(holder, 'holder'),
    at,
    until: after(count(forMs, 'forMs', 1, MAX_LEASE_MS)),
    // Clocks of several machines differ, so that one of a day may end a little after a day from now.
    latest: after(2 * MAX_LEASE_MS),
  }
}

/** A chore that is about to be given back. */
export interface Finish {
  readonly name: string
  readonly holder: string
  readonly outcome: ChoreOutcome
}

/** What `chores.finish` would keep. INVALID, naming the argument, when one is not what it should be. */
export const finishChore = (chore: string, holder: string, outcome: ChoreOutcome): Finish => ({
  name: name(chore, 'chore'),
  holder: name(holder, 'holder'),
  outcome: choreOutcome(outcome),
})

/** Whether somebody is trusted to be at it at an instant. */
export const isHeld = (
  { heldUntil }: Pick<KeptChore, 'heldUntil'>,
  { at, latest }: Pick<Lease, 'at' | 'latest'>,
): boolean => heldUntil !== undefined && heldUntil > at && heldUntil <= latest

/** Whether a chore that the holder has no more was finished by them just so. */
export const isFinishedSo = (kept: KeptChore | undefined, { holder, outcome }: Finish): boolean =>
  kept?.heldUntil === undefined &&
  kept?.holder === holder &&
  JSON.stringify(kept.outcome) === JSON.stringify(outcome)

/** A chore as it stands at the moment. */
export function choreOf({ name, holder, heldUntil, outcome }: KeptChore, env: Env): Chore {
  const held = isHeld({ heldUntil }, lease(name, holder, 1, env))
  return {
    name,
    holder: held ? holder : undefined,
    heldUntil: held ? heldUntil : undefined,
    last: outcome,
  }
}

/** An outcome as its text in JSON says it. */
export function parseChoreOutcome(json: string): ChoreOutcome {
  const { startedAt, endedAt, ok, summary } = JSON.parse(json)
  return { startedAt: new Date(startedAt), endedAt: new Date(endedAt), ok, summary }
}

function choreOutcome(outcome: ChoreOutcome): ChoreOutcome {
  const { startedAt, endedAt, ok, summary } = options(outcome, 'outcome')
  return {
    startedAt: instant(startedAt, 'outcome.startedAt'),
    endedAt: instant(endedAt, 'outcome.endedAt'),
    ok: flag(ok, 'outcome.ok'),
    summary: Object.fromEntries(
      Object.entries(options(summary, 'outcome.summary')).map(([key, value]) => [
        name(key, 'a key of outcome.summary'),
        figure(value, `outcome.summary.${key}`),
      ]),
    ),
  }
}

function figure(value: unknown, argument: string): string | number | boolean {
  if (typeof value === 'string') return text(value, argument)
  if (typeof value === 'boolean') return value
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw invalid(argument, 'must be a string, a finite number, true or false')
  }
  // JSON has no other zero.
  return value === 0 ? 0 : value
}
