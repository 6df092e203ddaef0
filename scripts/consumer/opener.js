import { sqliteStore } from '@consensus-store/sqlite'

export const openStore = async (location) => sqliteStore({ path: location })
