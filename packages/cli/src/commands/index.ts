import type { Command } from '../command.ts'
import { archive } from './archive.ts'
import { archives } from './archives.ts'
import { backup } from './backup.ts'
import { copy } from './copy.ts'
import { cursors } from './cursors.ts'
import { deleteRuns } from './delete.ts'
import { demo } from './demo.ts'
import { diff } from './diff.ts'
import { executions } from './executions.ts'
import { exportRuns } from './export.ts'
import { failures } from './failures.ts'
import { forget } from './forget.ts'
import { health } from './health.ts'
import { importHistory } from './import.ts'
import { latest } from './latest.ts'
import { migrate } from './migrate.ts'
import { reclaim } from './reclaim.ts'
import { replay } from './replay.ts'
import { restore } from './restore.ts'
import { retention } from './retention.ts'
import { route } from './route.ts'
import { runs } from './runs.ts'
import { show } from './show.ts'
import { stale } from './stale.ts'
import { timeline } from './timeline.ts'
import { upkeep } from './upkeep.ts'
import { verify } from './verify.ts'
import { watch } from './watch.ts'

/** Every verb, in the order help lists them. */
export const commands: Readonly<Record<string, Command>> = {
  demo,
  import: importHistory,
  runs,
  show,
  latest,
  route,
  executions,
  failures,
  stale,
  replay,
  timeline,
  diff,
  watch,
  cursors,
  export: exportRuns,
  copy,
  archive,
  archives,
  delete: deleteRuns,
  forget,
  retention,
  backup,
  restore,
  reclaim,
  upkeep,
  verify,
  migrate,
  health,
}
