import { startUpkeep, upkeepRound } from '@consensus-store/core'
import type { It } from '../store-test.ts'
import { doneAsChore } from './done-as-chore.ts'
import { startedUpkeep } from './started-upkeep.ts'
import { upkeepAmongOthers } from './upkeep-among-others.ts'
import { upkeepRounds } from './upkeep-rounds.ts'

/** What is held to it: core's own, unless a test plants others. */
export interface UpkeepFunctions {
  readonly round: typeof upkeepRound
  readonly start: typeof startUpkeep
}

export function upkeep(
  it: It,
  functions: UpkeepFunctions = { round: upkeepRound, start: startUpkeep },
): void {
  upkeepRounds(it, functions)
  upkeepAmongOthers(it, functions)
  doneAsChore(it, functions)
  startedUpkeep(it, functions)
}
