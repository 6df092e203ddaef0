import { type Kysely, sql } from 'kysely'
import type { Migration } from './migration.ts'

/** Lists are newest first, so every index that serves one ends in the time and the id. */
export const initial: Migration = {
  version: 1,
  name: 'initial',
  statements: (db, { columns, keyedTable, heapTable, newIdentity, extras }) => [
    db.schema
      .createTable('run')
      .addColumn('id', columns.name, (column) => column.notNull().primaryKey())
      .addColumn('spec_id', columns.name, (column) => column.notNull())
      .addColumn('stage', columns.name, (column) => column.notNull())
      .addColumn('branch', columns.name)
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('verdict', 'text')
      .addColumn('last_sequence', 'integer', (column) => column.notNull())
      .addColumn('pinned', columns.flag, (column) => column.notNull())
      .addColumn('started_at', columns.instant, (column) => column.notNull())
      .addColumn('concluded_at', columns.instant)
      .addColumn('archived_at', columns.instant)
      .addColumn('seal', 'text')
      .addColumn('expected_agents', 'text', (column) => column.notNull())
      .addColumn('missing_agents', 'text', (column) => column.notNull())
      .addColumn('labels', 'text', (column) => column.notNull())
      .addColumn('agreements', 'text', (column) => column.notNull())
      .addColumn('conflicts', 'text', (column) => column.notNull())
      .modifyEnd(keyedTable),
    db.schema.createIndex('run_by_time').on('run').columns(['started_at', 'id']),
    db.schema.createIndex('run_by_spec').on('run').columns(['spec_id', 'started_at', 'id']),
    db.schema.createIndex('run_by_stage').on('run').columns(['spec_id', 'stage', 'started_at', 'id']),
    db.schema
      .createIndex('run_hot')
      .on('run')
      // With the column that is null in all of it, or SQLite would look that up in every row.
      .columns(['started_at', 'id', 'archived_at'])
      .where(sql.ref('archived_at'), 'is', null),
    db.schema
      .createIndex('run_archived')
      .on('run')
      .columns(['started_at', 'id'])
      .where(sql.ref('archived_at'), 'is not', null),
    db.schema.createIndex('run_by_status').on('run').columns(['status', 'started_at', 'id']),

    db.schema
      .createTable('execution')
      .addColumn('agent_id', columns.name, (column) => column.notNull().primaryKey())
      .addColumn('run_id', columns.name, (column) => column.notNull().references('run.id'))
      .addColumn('spec_id', columns.name, (column) => column.notNull())
      .addColumn('stage', columns.name, (column) => column.notNull())
      .addColumn('branch', columns.name)
      .addColumn('agent_name', 'text', (column) => column.notNull())
      .addColumn('phase_type', 'text', (column) => column.notNull())
      .addColumn('model_version', 'text')
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('spawned_at', columns.instant, (column) => column.notNull())
      .addColumn('started_at', columns.instant)
      .addColumn('ended_at', columns.instant)
      .addColumn('response_bytes', 'integer')
      .addColumn('response_digest', 'text')
      .addColumn('response_position', columns.position)
      .addColumn('failure', 'text')
      .modifyEnd(keyedTable),
    db.schema.createIndex('execution_by_run').on('execution').columns(['run_id', 'spawned_at', 'agent_id']),
    db.schema.createIndex('execution_by_time').on('execution').columns(['spawned_at', 'agent_id']),
    db.schema.createIndex('execution_by_spec').on('execution').columns(['spec_id', 'spawned_at', 'agent_id']),
    db.schema
      .createIndex('execution_open')
      .on('execution')
      .columns(['spawned_at', 'agent_id'])
      .where(sql.ref('status'), 'in', [sql.lit('spawned'), sql.lit('running')]),
    db.schema
      .createIndex('execution_failed')
      .on('execution')
      .columns(['spawned_at', 'agent_id'])
      .where(sql.ref('status'), 'in', [sql.lit('failed'), sql.lit('timed-out')]),
    db.schema
      .createIndex('execution_failed_by_spec')
      .on('execution')
      .columns(['spec_id', 'spawned_at', 'agent_id'])
      .where(sql.ref('status'), 'in', [sql.lit('failed'), sql.lit('timed-out')]),

    db.schema
      .createTable('artifact')
      .addColumn('id', columns.name, (column) => column.notNull().primaryKey())
      .addColumn('run_id', columns.name, (column) => column.notNull().references('run.id'))
      .addColumn('spec_id', columns.name, (column) => column.notNull())
      .addColumn('stage', columns.name, (column) => column.notNull())
      .addColumn('branch', columns.name)
      .addColumn('agent_name', 'text', (column) => column.notNull())
      .addColumn('model_version', 'text')
      .addColumn('created_at', columns.instant, (column) => column.notNull())
      .addColumn('content_bytes', 'integer', (column) => column.notNull())
      .addColumn('content_digest', 'text', (column) => column.notNull())
      .addColumn('content_position', columns.position, (column) => column.notNull())
      .addColumn('metadata_digest', 'text', (column) => column.notNull())
      .addColumn('metadata', 'text', (column) => column.notNull())
      .modifyEnd(keyedTable),
    db.schema.createIndex('artifact_by_run').on('artifact').columns(['run_id', 'created_at', 'id']),
    db.schema
      .createIndex('artifact_by_stage')
      .on('artifact')
      .columns(['spec_id', 'stage', 'created_at', 'id']),

    db.schema
      .createTable('synthesis')
      .addColumn('id', columns.name, (column) => column.notNull().primaryKey())
      .addColumn('run_id', columns.name, (column) => column.notNull().references('run.id'))
      .addColumn('spec_id', columns.name, (column) => column.notNull())
      .addColumn('stage', columns.name, (column) => column.notNull())
      .addColumn('branch', columns.name)
      .addColumn('verdict', 'text', (column) => column.notNull())
      .addColumn('output_path', 'text')
      .addColumn('created_at', columns.instant, (column) => column.notNull())
      .addColumn('markdown_bytes', 'integer', (column) => column.notNull())
      .addColumn('markdown_digest', 'text', (column) => column.notNull())
      .addColumn('markdown_position', columns.position, (column) => column.notNull())
      .addColumn('metadata_digest', 'text', (column) => column.notNull())
      .addColumn('agreements', 'text', (column) => column.notNull())
      .addColumn('conflicts', 'text', (column) => column.notNull())
      .addColumn('metadata', 'text', (column) => column.notNull())
      .modifyEnd(keyedTable),
    db.schema.createIndex('synthesis_by_run').on('synthesis').columns(['run_id', 'created_at', 'id']),
    db.schema
      .createIndex('synthesis_by_stage')
      .on('synthesis')
      .columns(['spec_id', 'stage', 'created_at', 'id']),

    db.schema
      .createTable('event')
      .addColumn('run_id', columns.name, (column) => column.notNull().references('run.id'))
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('position', columns.position, (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('at', columns.instant, (column) => column.notNull())
      .addColumn('data', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('event_key', ['run_id', 'sequence'])
      .modifyEnd(keyedTable),
    db.schema.createIndex('event_by_position').unique().on('event').column('position'),

    db.schema
      .createTable('body')
      .addColumn('position', columns.position, (column) => column.notNull().primaryKey())
      .addColumn('text', columns.body, (column) => column.notNull())
      .modifyEnd(heapTable),

    db.schema
      .createTable('cursor')
      .addColumn('name', columns.name, (column) => column.notNull().primaryKey())
      .addColumn('position', columns.position, (column) => column.notNull())
      .addColumn('saved_at', columns.instant, (column) => column.notNull())
      .modifyEnd(keyedTable),

    db.schema
      .createTable('snapshot')
      .addColumn('run_id', columns.name, (column) => column.notNull())
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('position', columns.position, (column) => column.notNull())
      .addColumn('latest_at', columns.instant, (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('state', columns.body, (column) => column.notNull())
      .addPrimaryKeyConstraint('snapshot_key', ['run_id', 'sequence'])
      .modifyEnd(heapTable),

    db.schema
      .createTable('archive')
      .addColumn('run_id', columns.name, (column) => column.notNull().primaryKey().references('run.id'))
      .addColumn('archived_at', columns.instant, (column) => column.notNull())
      .addColumn('ended_at', columns.instant, (column) => column.notNull())
      .addColumn('bundle_bytes', columns.position, (column) => column.notNull())
      .addColumn('bytes', columns.position, (column) => column.notNull())
      .addColumn('checksum', 'text', (column) => column.notNull())
      .addColumn('bundle', columns.bytes, (column) => column.notNull())
      .modifyEnd(heapTable),
    db.schema.createIndex('archive_by_time').on('archive').columns(['archived_at', 'run_id']),

    db.schema
      .createTable('chore')
      .addColumn('name', columns.name, (column) => column.notNull().primaryKey())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('held_until', columns.instant)
      .addColumn('outcome', 'text')
      .modifyEnd(keyedTable),

    db.schema
      .createTable('store')
      .addColumn('identity', 'text', (column) => column.notNull().primaryKey())
      .modifyEnd(heapTable),
    (db as Kysely<{ store: { identity: string } }>).insertInto('store').values({ identity: newIdentity }),

    ...extras.map((extra) => ({ compile: () => extra.compile(db) })),
  ],
}
