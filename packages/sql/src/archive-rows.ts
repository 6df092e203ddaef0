import type { Archive, KeptArchive } from '@consensus-store/core'
import type { Selectable } from 'kysely'
import type { SqlDialect } from './dialect.ts'
import type { PageArguments } from './listing.ts'
import type { ArchiveTable } from './schema.ts'
import { statement, variants } from './statement.ts'

type ArchiveRow = Omit<Selectable<ArchiveTable>, 'bundle' | 'ended_at'>

const archiveFromRow = (row: ArchiveRow, { instant }: SqlDialect): Archive => ({
  runId: row.run_id,
  archivedAt: instant.decode(row.archived_at),
  bytes: row.bytes,
  bundleBytes: row.bundle_bytes,
  checksum: row.checksum,
})

export const keptArchiveFromRow = (
  { bundle, ended_at, ...row }: Selectable<ArchiveTable>,
  dialect: SqlDialect,
): KeptArchive => ({
  ...archiveFromRow(row, dialect),
  endedAt: dialect.instant.decode(ended_at),
  compressed: bundle,
})

export const archiveOfRun = statement<{ runId: string }>()(
  ({ db, arg }) => db.selectFrom('archive').selectAll().where('run_id', '=', arg.text('runId')),
  keptArchiveFromRow,
)

export const listArchives = variants((given: { after: boolean }) =>
  statement<PageArguments>()(
    ({ db, arg }) =>
      db
        .selectFrom('archive')
        .select(['run_id', 'archived_at', 'bytes', 'bundle_bytes', 'checksum'])
        .$if(given.after, (query) =>
          query.where(({ eb, refTuple, tuple }) =>
            eb(refTuple('archived_at', 'run_id'), '<', tuple(arg.instant('afterAt'), arg.text('afterId'))),
          ),
        )
        .orderBy('archived_at', 'desc')
        .orderBy('run_id', 'desc')
        .limit(arg.number('rows')),
    archiveFromRow,
  ),
)

export const deleteArchive = statement<{ runId: string; checksum: string }>()(({ db, arg }) =>
  db
    .deleteFrom('archive')
    .where('run_id', '=', arg.text('runId'))
    .where('checksum', '=', arg.text('checksum')),
)
