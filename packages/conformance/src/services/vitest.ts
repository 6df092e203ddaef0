import { hostServices } from './host.ts'

/** A `globalSetup` of Vitest: all test files of a run share servers, which start when the first one asks. */
export default async function setup(): Promise<() => Promise<void>> {
  const host = await hostServices()
  return host.stop
}
