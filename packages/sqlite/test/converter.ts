import { sqliteStore } from '@consensus-store/sqlite'

/** Another process that converts a file, and says when it begins. */
const store = await sqliteStore({ path: process.argv[2]! })
process.send!('begins')
await store.reclaim({ convert: 'always' })
await store.close()
process.disconnect()
