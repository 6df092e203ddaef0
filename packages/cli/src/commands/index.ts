import type { Command } from '../command.ts'
import { runs } from './runs.ts'

/** Every verb, in the order help lists them. */
export const commands: Readonly<Record<string, Command>> = { runs }
