export type * from './archive.ts'
export { archiveFolder } from './archive-folder.ts'
export { type ListedArchive, listedArchives } from './archive-manifest.ts'
export {
  archiveFacts,
  archiveOf,
  archivePosition,
  archivesIn,
  type Depot,
  type KeptRunRow,
  mustBeToldBy,
  type PlacedBundle,
} from './archiving.ts'
export * from './argument.ts'
export { type ArrivalOptions, arrivals, type Ears } from './arrival.ts'
export * from './artifact.ts'
export { asChore, type ChoreOptions } from './as-chore.ts'
export * from './backup.ts'
export {
  BESIDE_DATABASE,
  backupFormat,
  mayReplace,
  mustBeClosed,
  SQLITE_BACKUP_ID,
} from './backup-file.ts'
export * from './bell.ts'
export * from './body.ts'
export * from './bundle.ts'
export { backupBundles } from './bundle-backup.ts'
export { type CheckedStore, checkUp, countedUpTo, summedUp, unwell } from './check-up.ts'
export * from './chore.ts'
export {
  backupResult,
  type ChoreResult,
  policyFact,
  reclaimResult,
  retentionResult,
} from './chore-result.ts'
export * from './compare.ts'
export * from './compare-runs.ts'
export {
  type Copied,
  type CopyCounts,
  type CopyOptions,
  type CopyRefusal,
  copyStore,
} from './copy.ts'
export * from './cursor.ts'
export * from './diff.ts'
export type { FoundRow, RowDifference, Wrong } from './difference.ts'
export * from './ending.ts'
export * from './env.ts'
export * from './error.ts'
export * from './event.ts'
export type { EventFilter } from './event-filter.ts'
export * from './execution.ts'
export * from './execution-query.ts'
export { type ExportOptions, type ExportSum, exportDigest } from './export-digest.ts'
export { fileError } from './file-error.ts'
export * from './follow.ts'
export { followLinks } from './follow-links.ts'
export * from './gate.ts'
export * from './guard.ts'
export * from './health.ts'
export * from './history.ts'
export { type HeldKey, type HeldRun, type Holdings, oldestFirst } from './holdings.ts'
export type * from './inspection.ts'
export * from './intercept.ts'
export * from './json.ts'
export { endedAt, type StayingReason, versionOf, whyItStays } from './leaving.ts'
export { logOf } from './log.ts'
export type * from './moved-bodies.ts'
export { OPEN_METRICS_TYPE, openMetrics } from './open-metrics.ts'
export * from './pack.ts'
export * from './page.ts'
export type { Point } from './point.ts'
export { readArchive } from './read-archive.ts'
export { type BundleBackup, readBundleBackup } from './read-bundle-backup.ts'
export * from './rebuild.ts'
export * from './reclaim.ts'
export { type Recordable, recordTogether } from './record-together.ts'
export { createWhole, replaceKeeping } from './replacement.ts'
export {
  type EventsQuery,
  eventsOf,
  noRun,
  type Replayable,
  type ReplayOptions,
  replay,
  type SnapshotUse,
} from './replay.ts'
export type * from './restoration.ts'
export { mustBeEmpty, mustHold, type Restored, restoreBackup } from './restore-backup.ts'
export * from './retention.ts'
export { retentionOver } from './retention-over.ts'
export * from './route.ts'
export * from './run.ts'
export * from './run-ids.ts'
export * from './seal.ts'
export { settle } from './settle.ts'
export * from './snapshot.ts'
export { encodeHistory } from './snapshot-state.ts'
export type * from './store.ts'
export * from './synthesis.ts'
export * from './told-body.ts'
export { startUpkeep, type Upkeep, type UpkeepOptions } from './upkeep.ts'
export {
  type BackupChore,
  CHORE_NAMES,
  type ChoreName,
  type ReclaimChore,
  type RetentionChore,
  type UpkeepChores,
  type UpkeptStore,
} from './upkeep-chores.ts'
export {
  type DoneChore,
  type UpkeepRound,
  type UpkeepRoundOptions,
  type UpkeepTurnOptions,
  upkeepRound,
} from './upkeep-round.ts'
export { type Difference, type Verification, type VerifyOptions, verifyRuns } from './verify.ts'
export type * from './vitals.ts'
export { type WatchOptions, watch } from './watch.ts'
