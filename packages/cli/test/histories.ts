import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const { CONSENSUS_HISTORIES: named } = process.env
const folder = named || fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const there = existsSync(folder)
if (named && !there) throw new Error(`CONSENSUS_HISTORIES names ${named}, which is not there`)

/** Where real histories are: where CONSENSUS_HISTORIES says, or beside the checkout of those who may have them. */
export const HISTORIES: string | undefined = there ? folder : undefined
