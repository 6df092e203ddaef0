import { initial } from './0001-initial.ts'
import type { Migration } from './migration.ts'

export const migrations: readonly Migration[] = [initial]

/** The schema this code reads and writes. */
export const SCHEMA_VERSION: number = migrations.at(-1)!.version
