import type { Command } from '../command.ts'
import type { Groups } from '../help.ts'
import { abandon } from './abandon.ts'
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

/** Every verb by what it is for, in the order help lists them. */
export const groups: Groups = {
  'Look at what happened': {
    demo,
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
  },
  'Bring in, take out, copy': { import: importHistory, export: exportRuns, copy, backup, restore },
  'Keep it well': {
    health,
    upkeep,
    retention,
    archive,
    archives,
    abandon,
    delete: deleteRuns,
    reclaim,
    forget,
  },
  'Check and repair': { verify, migrate },
}

export const commands: Readonly<Record<string, Command>> = Object.assign({}, ...Object.values(groups))
