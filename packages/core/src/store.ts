import type { Archives } from './archive.ts'
import type { ArrivalOptions } from './arrival.ts'
import type { Artifact, ArtifactQuery, ArtifactWithContent, NewArtifact } from './artifact.ts'
import type { Backup, BackupOptions } from './backup.ts'
import type { Bundle } from './bundle.ts'
import type { Chores } from './chore.ts'
import type { Cursor, CursorQuery } from './cursor.ts'
import type { Completion, FailureReport } from './ending.ts'
import type { Event, EventQuery } from './event.ts'
import type { Execution, NewExecution } from './execution.ts'
import type { ExecutionQuery, FailureQuery, StaleQuery } from './execution-query.ts'
import type { Health, HealthOptions } from './health.ts'
import type { Page } from './page.ts'
import type { RebuildOptions, Rebuilt } from './rebuild.ts'
import type { Reclaimed, ReclaimOptions } from './reclaim.ts'
import type { Retention } from './retention.ts'
import type { Route } from './route.ts'
import type { Conclusion, DeletedRun, NewRun, Run, RunQuery, StageQuery } from './run.ts'
import type { Snapshot, SnapshotQuery } from './snapshot.ts'
import type { NewSynthesis, Synthesis, SynthesisQuery, SynthesisWithMarkdown } from './synthesis.ts'
import type { Verification, VerifyOptions } from './verify.ts'

/**
 * What several agents working on one stage of one spec leave behind, and what was made of it.
 *
 * One property per noun, and every method returns a promise. Writes are idempotent: the same id with the same
 * facts changes nothing and gives what is stored, with other facts it is CONFLICT. A wrong argument is INVALID,
 * names the argument, and changes nothing. Every change is an event, written in the same transaction.
 *
 * A backend is any object of this shape that passes `@consensus-store/conformance`; a decorator is a function
 * from one such object to another.
 */
export interface ConsensusStore extends Nouns, AsyncDisposable {
  /** How the backend introduces itself in errors, health reports and test output. */
  readonly name: string
  readonly supports: Capabilities

  /**
   * Does all of `work` or none of it, as if nothing else happened meanwhile, and gives what `work` gave.
   *
   * `work` may run more than once, so it must have no effects outside `tx`. It sees its own writes; nobody else
   * does before it is done. What it throws undoes everything and is what the caller gets. BUSY when the store
   * could not be had to itself in time. Using the store itself inside `work` is INVALID: use `tx`.
   */
  transaction<T>(work: (tx: Nouns) => Promise<T>): Promise<T>

  /**
   * What this store is known by: the same for everyone who opens it, in every process and for as long as it exists, and
   * never that of another store. A copy of a database made beneath the store carries the identity of its original.
   */
  identity(): Promise<string>

  /**
   * Resolves soon after something may have been appended behind a position, or at once when it was before; at the latest
   * after `withinMs`, or when `signal` is aborted. A hint and never the truth: it may be for nothing, and only reading
   * tells. Closing the store does not wait for it, and ends it.
   */
  arrival(after: number, options: ArrivalOptions): Promise<void>

  /** Runs that were moved out of the way whole, and come back whole. */
  readonly archives: Archives

  /** How long runs stay. */
  readonly retention: Retention

  /** Who keeps the store well, one at a time, and what came of it. No part of the log: no event tells of it, and it does not travel. */
  readonly chores: Chores

  /**
   * How the store is doing, and what to do about it, in milliseconds however large it is. Never rejects because of the
   * database beneath.
   */
  health(options?: HealthOptions): Promise<Health>

  /**
   * Folds the log of every run, or of one, and names what differs from it: rows, bodies, and what no event tells of. Writers
   * need not stop. NOT_FOUND when there is nothing of the run.
   */
  verify(runId?: string, options?: VerifyOptions): Promise<Verification>

  /**
   * Restores the rows of every run that differs, or of one, from its log and the bodies that are there, each run in a
   * transaction; names what it could not restore. No event is appended or changed, nothing is made up, and nothing is
   * touched that does not differ. NOT_FOUND when there is nothing of the run.
   */
  rebuild(runId?: string, options?: RebuildOptions): Promise<Rebuilt>

  /**
   * Gives space that nothing takes any more back to the file system or the server, in steps that let writers through, and says
   * how much the store took before and takes now. What others who read or write keep from being given back is not counted as
   * given back; a later call may get it. FULL when converting takes more room than there is; then nothing was begun.
   */
  reclaim(options?: ReclaimOptions): Promise<Reclaimed>

  /**
   * Keeps everything there was when it began in one file, checked before it takes the place of an older one, while others
   * write. However it ends, there is a whole backup where one was. CONFLICT when what is at `file` is no backup, FULL when there
   * is no room, CORRUPT when the store is damaged; then what was there stays.
   */
  backup(file: string, options?: BackupOptions): Promise<Backup>

  /** Waits for what is under way, then releases everything. Closing twice is fine; using a closed store is CLOSED. */
  close(): Promise<void>
}

/** What can be read and written, inside a transaction as outside. */
export interface Nouns {
  readonly runs: Runs
  readonly executions: Executions
  readonly routes: Routes
  readonly artifacts: Artifacts
  readonly syntheses: Syntheses
  readonly events: Events
  readonly cursors: Cursors
  readonly snapshots: Snapshots
}

/** Attempts at a stage. */
export interface Runs {
  /** Starts a run. */
  start(run: NewRun): Promise<Run>
  /** The run, or `undefined` if nobody started it. */
  get(id: string): Promise<Run | undefined>
  /** Newest first. */
  list(query?: RunQuery): Promise<Page<Run>>
  /** The run of a stage that started last. */
  latest(query: StageQuery): Promise<Run | undefined>
  /** Ends a run with a verdict, for good. Agents still out may yet answer. NOT_FOUND if unknown, CONFLICT if it ended otherwise. */
  conclude(id: string, conclusion: Conclusion): Promise<Run>
  /** Ends a run without a verdict, for good. NOT_FOUND if unknown, CONFLICT if it was concluded. */
  abandon(id: string): Promise<Run>
  /** Keeps a run from being archived or deleted, until it is unpinned. NOT_FOUND if unknown, CONFLICT if it is archived. */
  pin(id: string): Promise<Run>
  /** Lets a pinned run be archived or deleted again. NOT_FOUND if unknown. */
  unpin(id: string): Promise<Run>
  /**
   * Writes a run with all it owns, or nothing, and gives what is stored then. A run that is there is brought up to the
   * bundle when its log is the beginning of the bundle's, and stays as it is when it has gone on from there. CONFLICT
   * if it took another turn, or is archived and would have to go on; INVALID if the bundle's log does not tell what its rows say.
   */
  record(bundle: Bundle): Promise<Run>
  /**
   * Deletes an ended run with all it owns, its log too, and gives the agents whose routes went with it. `undefined` if
   * there is no such run, so that repeating it is harmless. CONFLICT while the run is running, pinned, or has an execution
   * that has not ended. The archive of an archived run goes with it, even a damaged one. The id can be used again and brings nothing back; positions are never used again.
   */
  delete(id: string): Promise<DeletedRun | undefined>
  /** Everything a run owns, as it was at one moment; of an archived run, what its archive holds. CORRUPT when that is damaged. */
  bundle(id: string): Promise<Bundle | undefined>
}

/** Agents' turns in runs. */
export interface Executions {
  /** Sends an agent into a running run; its route can be found from then on. NOT_FOUND without the run, CONFLICT if that ended. */
  spawn(execution: NewExecution): Promise<Execution>
  /** The agent began to work. NOT_FOUND if it was never spawned, CONFLICT if it ended without starting. */
  start(agentId: string): Promise<Execution>
  /** The agent answered. NOT_FOUND if it was never spawned, CONFLICT if it ended otherwise; so for `fail`, `cancel` and `timeOut`. */
  complete(agentId: string, completion: Completion): Promise<Execution>
  /** The agent failed, perhaps with an answer that was no use. */
  fail(agentId: string, failure: FailureReport): Promise<Execution>
  /** Nobody wants the agent's answer any more. */
  cancel(agentId: string): Promise<Execution>
  /** The agent took too long. */
  timeOut(agentId: string): Promise<Execution>
  get(agentId: string): Promise<Execution | undefined>
  /** Newest first. */
  list(query?: ExecutionQuery): Promise<Page<Execution>>
  /** What the agent answered, word for word; `undefined` while there is no answer. */
  response(agentId: string): Promise<string | undefined>
  /** Executions that failed or timed out, newest first. */
  failures(query?: FailureQuery): Promise<Page<Execution>>
  /** Executions spawned before `olderThan` that have not ended, newest first. */
  stale(query: StaleQuery): Promise<Page<Execution>>
}

/** Where agents' answers belong. */
export interface Routes {
  /** Where an agent's answer belongs; `undefined` if no such agent was spawned. */
  find(agentId: string): Promise<Route | undefined>
  /** The routes of up to 1000 agents, by agent id, as of one moment. Agents never spawned are absent. */
  findMany(agentIds: readonly string[]): Promise<ReadonlyMap<string, Route>>
}

/** What agents contributed. */
export interface Artifacts {
  /** Adds what an agent contributed to a running run. NOT_FOUND without the run, CONFLICT if that ended. */
  add(artifact: NewArtifact): Promise<Artifact>
  get(id: string): Promise<ArtifactWithContent | undefined>
  /** Newest first, without their content. */
  list(query: ArtifactQuery): Promise<Page<Artifact>>
}

/** What runs came to. */
export interface Syntheses {
  /** Adds what a running run came to. NOT_FOUND without the run, CONFLICT if that ended. */
  add(synthesis: NewSynthesis): Promise<Synthesis>
  get(id: string): Promise<SynthesisWithMarkdown | undefined>
  /** The newest synthesis of a stage. */
  latest(query: StageQuery): Promise<SynthesisWithMarkdown | undefined>
  /** Newest first, without their markdown. */
  list(query: SynthesisQuery): Promise<Page<Synthesis>>
}

/** The log of every change. */
export interface Events {
  /** A run's events after a sequence, oldest first. Empty if there is no such run. */
  read(runId: string, query?: EventQuery): Promise<readonly Event[]>
  /** All runs' events after a position, oldest first. Once a position was returned, none appears behind it any more. */
  readAll(query?: EventQuery): Promise<readonly Event[]>
  /**
   * The position up to which the log is settled, 0 if nothing was ever appended: what is appended from now on is behind it.
   * In a transaction it is that of its beginning, and what the transaction appends itself is behind it too.
   */
  position(): Promise<number>
}

/** How far those are who follow the log of this store. They are no part of it: no event tells of them, and they do not travel. */
export interface Cursors {
  /**
   * Keeps the position of the last event a follower has dealt with, and gives what is kept then. It only goes forward, so
   * that a save which is late or repeated takes nothing back: to begin again, delete it.
   */
  save(name: string, position: number): Promise<number>
  /** The position that was saved, or `undefined` if none was. */
  load(name: string): Promise<number | undefined>
  /** In the order of their names. */
  list(query?: CursorQuery): Promise<readonly Cursor[]>
  /** Forgets a cursor and gives the position it had; `undefined` if there is none, so that repeating it is harmless. */
  delete(name: string): Promise<number | undefined>
}

/**
 * What runs' logs came to, up to some of their events, so that a long one need not be folded from its beginning. Those who
 * replay keep and use them; without any, every answer is the same. They do not travel, and go with their run.
 */
export interface Snapshots {
  /**
   * Keeps a snapshot, in place of what was kept for the same event. False, and nothing is kept, when the log has no such
   * event at this position: it was deleted meanwhile. What is in it is not looked at; `verify` does that.
   */
  save(snapshot: Snapshot): Promise<boolean>
  /** The newest there is up to a point: of an instant, with no event that came later. */
  latest(runId: string, query?: SnapshotQuery): Promise<Snapshot | undefined>
  /** Forgets those of one run, or all there are, and gives how many they were. */
  delete(runId?: string): Promise<number>
}

/** What a backend can promise beyond the minimum. The conformance suite asks; it never guesses. */
export interface Capabilities {
  /** What was acknowledged outlives the process, however it ends. */
  readonly durable: boolean
  /** Several processes may open the same data at once. */
  readonly shared: boolean
}
