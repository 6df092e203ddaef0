import { StoreError } from '@consensus-store/core'

/** What better-sqlite3 13 is built for. A Node that has less does not refuse to load it: it crashes when a file is opened. */
const NODE_API = 10

/** UNSUPPORTED on a runtime that the driver would crash. */
export function mustCarryDriver(
  { node, napi = '0' }: { node: string; napi?: string } = process.versions,
): void {
  if (Number(napi) >= NODE_API) return
  throw new StoreError(
    'UNSUPPORTED',
    `SQLite needs Node 22.15 or newer, with Node-API ${NODE_API}; this is Node ${node}, with ${napi}`,
  )
}
