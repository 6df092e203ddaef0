export { aClock, type Clock } from './clock.ts'
export { describeStore, describeSuites } from './describe-store.ts'
export { anAgent, anArtifact, aRun, aSynthesis } from './fixtures.ts'
export type { Opener, OpenOptions, Place, Subject } from './subject.ts'
