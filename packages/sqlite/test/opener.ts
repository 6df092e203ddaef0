import { sqliteStore } from '@consensus-store/sqlite'

/** How the suite's other processes open a file. */
export const openStore = async (location: string) => sqliteStore({ path: location })
