import { sqliteStore } from '@consensus-store/sqlite'

export const openStore = async (location: string) => sqliteStore({ path: location })
