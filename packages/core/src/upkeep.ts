/** What keeps a store well, one of it at a time: who does it now, and what came of it last. */
export interface Chore {
  readonly name: string
  /** Who does it now, if somebody does. */
  readonly holder: string | undefined
  /** Until when the holder is trusted to be at it. */
  readonly heldUntil: Date | undefined
  readonly last: ChoreOutcome | undefined
}

export interface ChoreOutcome {
  readonly startedAt: Date
  readonly endedAt: Date
  readonly ok: boolean
  /** Figures of what was done, or the message of what went wrong. */
  readonly summary: Readonly<Record<string, string | number | boolean>>
}

export interface Chores {
  /**
   * Takes a chore for some time, or keeps it for longer, and gives whether the holder has it: no other holder has it
   * then, in any process, until that time is over or it is finished.
   */
  take(chore: string, holder: string, forMs: number): Promise<boolean>
  /** Gives a chore back with what came of it. False, and nothing is kept, when the holder has it no more. */
  finish(chore: string, holder: string, outcome: ChoreOutcome): Promise<boolean>
  /** In the order of their names. */
  list(): Promise<readonly Chore[]>
}
