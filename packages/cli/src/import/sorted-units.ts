import { scratch } from './scratch.ts'
import type { Unit } from './unit.ts'

/** The units of one run that the source itself tells of. */
export interface ToldRun {
  readonly sourceRunId: string | undefined
  readonly units: readonly Unit[]
}

/** A unit in its place, and whether the source says the same elsewhere: before, or in a run it tells of. */
export interface LooseUnit {
  readonly unit: Unit
  readonly repeated: boolean
}

/** All units of a source, in the order in which runs are made of them. */
export interface SortedUnits extends Disposable {
  add(unit: Unit): void
  /** Call when everything is added. A synthesis that names no run goes with the answers it follows. */
  sort(silenceMs: number): void
  told(): Generator<ToldRun>
  /** Those that belong to no run that anybody told of: by spec, stage and branch, then by time. */
  loose(): Generator<LooseUnit>
}

/**
 * Sorts on disk, so that memory stays flat however much a source holds and in whatever order.
 */
export function sortedUnits(): SortedUnits {
  const db = scratch()
  db.exec(`create table unit (
    seq integer primary key, kind text, key text, run text, bond text, spec text, stage text, branch text,
    at integer, until integer, rank integer, body text)`)
  db.exec('begin')

  const insert = db.prepare('insert into unit values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')

  function* told(): Generator<ToldRun> {
    let current: { name: string; sourceRunId: string | undefined; units: Unit[] } | undefined
    for (const row of rows(TOLD)) {
      const name = JSON.stringify([row.bond, row.spec, row.stage])
      if (current && current.name !== name) {
        yield current
        current = undefined
      }
      current ??= { name, sourceRunId: undefined, units: [] }
      current.sourceRunId ??= row.bond.startsWith(NAMED) ? row.bond.slice(NAMED.length) : undefined
      current.units.push(JSON.parse(row.body))
    }
    if (current) yield current
  }

  function* rows(sql: string): Generator<Row> {
    yield* db.prepare(sql).iterate() as IterableIterator<Row>
  }

  return {
    add(unit) {
      const until = 'until' in unit ? unit.until : unit.at
      const bond = unit.sourceRunId === undefined ? unit.bond && BOUND + unit.bond : NAMED + unit.sourceRunId
      insert.run(
        unit.kind,
        unit.key,
        unit.sourceRunId,
        bond,
        unit.specId,
        unit.stage,
        unit.branch ?? '',
        unit.at,
        until,
        RANKS[unit.kind],
        JSON.stringify(unit),
      )
    },
    sort(silenceMs) {
      db.exec('create index unit_key on unit (key, kind, run)')
      db.exec('create index unit_stage on unit (spec, stage, kind, at)')
      db.prepare(FOLLOW).run({ silenceMs })
      db.exec('create index unit_order on unit (bond, spec, stage, branch, until, rank, seq)')
    },
    told,
    *loose() {
      for (const { body, repeated } of rows(LOOSE)) yield { unit: JSON.parse(body), repeated: repeated === 1 }
    },
    [Symbol.dispose]: () => void db.close(),
  }
}

interface Row {
  readonly bond: string
  readonly spec: string
  readonly stage: string
  readonly body: string
  /** 0 or 1; told runs are not asked for it. */
  readonly repeated?: number
}

const NAMED = 'named '
const BOUND = 'bound '

/** Of one moment: an agent is spawned, it answers, its answer is merged. */
const RANKS = { executions: 0, artifacts: 1, syntheses: 2 }

/** Gives a synthesis without a run to that of the last answer before it, if that names one and is no silence ago. */
const FOLLOW = `
  update unit set bond = (
    select a.bond from unit a
    where a.spec = unit.spec and a.stage = unit.stage and a.kind = 'artifacts'
      and a.at <= unit.until and a.at >= unit.at - :silenceMs
    order by a.at desc, a.bond is null, a.seq desc limit 1)
  where kind = 'syntheses' and bond is null`

const ORDER = 'order by bond, spec, stage, branch, until, rank, seq'

const TOLD = `select * from unit where bond is not null ${ORDER}`

const LOOSE = `
  select *, exists (
    select 1 from unit o where o.key = unit.key and o.kind = unit.kind
      and (o.seq < unit.seq or o.bond is not null)) as repeated
  from unit where bond is null ${ORDER}`
