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
export {
  count,
  filePath,
  flag,
  instant,
  labels,
  MAX_LIMIT,
  MAX_LIST_LENGTH,
  MAX_NAME_LENGTH,
  MAX_TEXT_LENGTH,
  name,
  names,
  oneOf,
  optionalName,
  options,
  text,
} from './argument.ts'
export { type ArrivalOptions, arrivals, type Ears } from './arrival.ts'
export {
  type Artifact,
  type ArtifactAdded,
  type ArtifactDraft,
  type ArtifactFacts,
  type ArtifactQuery,
  type ArtifactWithContent,
  addArtifact,
  addedArtifact,
  addsArtifactAnew,
  createdPosition,
  type NewArtifact,
  type OfRun,
  type OfStage,
  type OwnedRequest,
  ownedQuery,
} from './artifact.ts'
export { asChore, type ChoreOptions } from './as-chore.ts'
export { type Backup, type BackupOptions, type CheckedBackup, checkBackup } from './backup.ts'
export {
  BESIDE_DATABASE,
  backupFormat,
  mayReplace,
  mustBeClosed,
  SQLITE_BACKUP_ID,
} from './backup-file.ts'
export * from './bell.ts'
export { type Body, type BodyRef, digest, jsonBody, MAX_BODY_BYTES, textBody } from './body.ts'
export {
  type Bundle,
  checkBundle,
  type EncodedArtifact,
  type EncodedBundle,
  type EncodedExecution,
  type EncodedSynthesis,
  type ExecutionWithResponse,
  encodeBundle,
  parseBundle,
  stringifyBundle,
} from './bundle.ts'
export { backupBundles } from './bundle-backup.ts'
export { type CheckedStore, checkUp, countedUpTo, summedUp, unwell } from './check-up.ts'
export {
  type Chore,
  type ChoreOutcome,
  type ChoreSummary,
  type Chores,
  choreOf,
  type Finish,
  finishChore,
  isFinishedSo,
  isHeld,
  type KeptChore,
  type Lease,
  lease,
  parseChoreOutcome,
} from './chore.ts'
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
export {
  type Completion,
  cancelExecution,
  completeExecution,
  type Ending,
  type EndingDraft,
  type ExecutionCompleted,
  type ExecutionFailed,
  endsAnew,
  type FailureReport,
  failExecution,
  timeOutExecution,
} from './ending.ts'
export * from './env.ts'
export * from './error.ts'
export {
  checkLogEntry,
  continuesLog,
  type Draft,
  type Event,
  type EventData,
  type EventQuery,
  type EventType,
  eventQuery,
  isEventType,
  knownPartOf,
  type LogEntry,
  type Nothing,
} from './event.ts'
export type { EventFilter } from './event-filter.ts'
export {
  EXECUTION_STATUSES,
  type Execution,
  type ExecutionSpawned,
  type ExecutionStatus,
  executionPosition,
  FAILURE_STATUSES,
  type Failure,
  isOpen,
  type NewExecution,
  type OfExecution,
  OPEN_STATUSES,
  PHASE_TYPES,
  type PhaseType,
  spawnExecution,
  spawnedExecution,
  spawnsAnew,
  startsExecutionAnew,
} from './execution.ts'
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
export { type Around, intercept } from './intercept.ts'
export * from './json.ts'
export { endedAt, type StayingReason, versionOf, whyItStays } from './leaving.ts'
export { logOf } from './log.ts'
export type * from './moved-bodies.ts'
export { OPEN_METRICS_TYPE, openMetrics } from './open-metrics.ts'
export { packBundle, type Unpacked, unpackBundle } from './pack.ts'
export {
  compareText,
  newestFirst,
  type Page,
  type PageQuery,
  type PageRequest,
  type Position,
  page,
  pageRequest,
} from './page.ts'
export type { Point } from './point.ts'
export { readArchive } from './read-archive.ts'
export { type BundleBackup, readBundleBackup } from './read-bundle-backup.ts'
export { type RebuildOptions, type Rebuilt, rebuildRuns, type Unrepaired, type Workshop } from './rebuild.ts'
export {
  type CheckedReclaim,
  type Conversion,
  checkReclaim,
  type Reclaimed,
  type ReclaimOptions,
} from './reclaim.ts'
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
export type {
  Retention,
  RetentionAction,
  RetentionCount,
  RetentionDecision,
  RetentionFailure,
  RetentionOptions,
  RetentionOutcome,
  RetentionOverride,
  RetentionPlan,
  RetentionPlanOptions,
  RetentionPolicy,
  RetentionProgress,
  RetentionReason,
  RetentionRule,
} from './retention.ts'
export { retentionOver } from './retention-over.ts'
export * from './route.ts'
export {
  abandonsAnew,
  type Concluded,
  type Conclusion,
  conclude,
  concludesAnew,
  type DeletedRun,
  mustBeDeletable,
  mustBeRunning,
  type NewRun,
  pinsAnew,
  RUN_STATUSES,
  type Run,
  type RunConcluded,
  type RunQuery,
  type RunRequest,
  type RunStarted,
  type RunStatus,
  runConcluded,
  runPosition,
  runQuery,
  runStarted,
  type StageQuery,
  stageQuery,
  startRun,
  startsAnew,
  VERDICTS,
  type Verdict,
} from './run.ts'
export * from './run-ids.ts'
export { concluding, sealed, sealOf, type UnsealedEntry } from './seal.ts'
export { settle } from './settle.ts'
export * from './snapshot.ts'
export { encodeHistory } from './snapshot-state.ts'
export type * from './store.ts'
export {
  addedSynthesis,
  addSynthesis,
  addsSynthesisAnew,
  type NewSynthesis,
  type Synthesis,
  type SynthesisAdded,
  type SynthesisDraft,
  type SynthesisFacts,
  type SynthesisQuery,
  type SynthesisWithMarkdown,
} from './synthesis.ts'
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
