/** Statements of the shared SQL that do damage to the first run of `story`, in every column that a row of it has. */
export type Damage = Readonly<Record<string, string>>

const later = '(select max(at) from event)'
const names = `'["somebody"]'`
const otherDigest = `'${'0'.repeat(64)}'`

const table = (name: string, where: string, columns: Readonly<Record<string, string>>): Damage =>
  Object.fromEntries(
    Object.entries(columns).map(([column, value]) => [
      column,
      `update ${name} set ${column.split(' ')[0]} = ${value} where ${where}`,
    ]),
  )

/** By the thing that verifying must name. A column is there twice when it can be damaged in two ways. */
export const damagedRows: Readonly<Record<string, Damage>> = {
  run: table('run', "id = 'run-1'", {
    spec_id: "'OTHER'",
    stage: "'other'",
    branch: "'other'",
    'branch lost': 'null',
    status: "'abandoned'",
    'status unheard of': "'lost'",
    verdict: "'failed'",
    'verdict lost': 'null',
    last_sequence: 'last_sequence + 1',
    'last_sequence behind': '3',
    pinned: 'not pinned',
    seal: `'sha256:${'0'.repeat(64)}'`,
    'seal lost': 'null',
    started_at: later,
    concluded_at: later,
    'concluded_at lost': 'null',
    archived_at: later,
    expected_agents: names,
    missing_agents: names,
    labels: `'{"team":"beta"}'`,
    'labels illegible': "'{'",
    agreements: names,
    conflicts: names,
    'conflicts illegible': "'not JSON'",
  }),
  'execution a1': table('execution', "agent_id = 'a1'", {
    run_id: "'run-2'",
    'run_id of nobody': "'a run'",
    spec_id: "'OTHER'",
    stage: "'other'",
    branch: 'null',
    agent_name: "'claude'",
    phase_type: "'quality-gate'",
    model_version: "'g-9'",
    status: "'failed'",
    'status open again': "'running'",
    spawned_at: later,
    started_at: later,
    'started_at lost': 'null',
    ended_at: later,
    'ended_at lost': 'null',
    response_bytes: '1',
    'response_bytes lost': 'null',
    response_digest: otherDigest,
    'response_digest lost': 'null',
    response_position: "(select content_position from artifact where id = 'art-1')",
    'response_position lost': 'null',
    'response_position of nothing': '1000000',
    failure: `'{"reason":"error","message":"none"}'`,
    'failure illegible': "'none'",
  }),
  'execution a2': table('execution', "agent_id = 'a2'", { failure: 'null' }),
  'artifact art-1': table('artifact', "id = 'art-1'", {
    run_id: "'run-2'",
    'run_id of nobody': "'a run'",
    spec_id: "'OTHER'",
    stage: "'other'",
    branch: 'null',
    agent_name: "'claude'",
    model_version: 'null',
    created_at: later,
    content_bytes: '1',
    content_digest: otherDigest,
    content_position: '1000000',
    metadata_digest: otherDigest,
  }),
  'synthesis syn-1': table('synthesis', "id = 'syn-1'", {
    run_id: "'run-2'",
    'run_id of nobody': "'a run'",
    spec_id: "'OTHER'",
    stage: "'other'",
    branch: 'null',
    verdict: "'failed'",
    output_path: 'null',
    created_at: later,
    markdown_bytes: '1',
    markdown_digest: otherDigest,
    markdown_position: '1000000',
    metadata_digest: otherDigest,
    agreements: names,
    'agreements illegible': "'['",
    conflicts: names,
  }),
}

/** Columns of which there is no other copy: keys, and what only `lastingDamage` befalls. */
const onlyCopies: Readonly<Record<string, readonly string[]>> = {
  run: ['id'],
  execution: ['agent_id'],
  artifact: ['id', 'metadata'],
  synthesis: ['id', 'metadata'],
}

/** Statements that do nothing, and that SQLite refuses for a table which has a column that nothing here befalls. */
export const everyColumn: readonly string[] = Object.entries(onlyCopies).map(([table, columns]) => {
  const damaged = Object.entries(damagedRows).flatMap(([subject, damage]) =>
    subject.split(' ')[0] === table ? Object.keys(damage).map((column) => column.split(' ')[0]!) : [],
  )
  const values = [...new Set([...columns, ...damaged])].map(() => 'null')
  return `insert into ${table} select ${values.join(', ')} where 1 = 0`
})

/** Rows that are gone, though all they said can be had again. */
export const lostRows: Readonly<Record<string, string>> = {
  run: "delete from run where id = 'run-1'",
  'execution a1': "delete from execution where agent_id = 'a1'",
  'execution a3': "delete from execution where agent_id = 'a3'",
}

const executionColumns =
  'spec_id, stage, branch, agent_name, phase_type, model_version, status, spawned_at, started_at, ended_at, ' +
  'response_bytes, response_digest, response_position, failure'
const artifactColumns =
  'spec_id, stage, branch, agent_name, model_version, created_at, content_bytes, content_digest, content_position, ' +
  'metadata_digest, metadata'
const synthesisColumns =
  'spec_id, stage, branch, verdict, agreements, conflicts, output_path, created_at, markdown_bytes, markdown_digest, ' +
  'markdown_position, metadata_digest, metadata'
const runColumns =
  'spec_id, stage, branch, status, verdict, last_sequence, pinned, started_at, concluded_at, seal, expected_agents, ' +
  'missing_agents, labels, agreements, conflicts'

/** Rows that no event tells of: what must be named, by run and thing. */
export const addedRows: readonly (readonly [runId: string, subject: string, statement: string])[] = [
  [
    'ghost',
    'run',
    `insert into run (id, ${runColumns}) select 'ghost', ${runColumns} from run where id = 'run-1'`,
  ],
  [
    'run-1',
    'execution ghost',
    `insert into execution (agent_id, run_id, ${executionColumns})
      select 'ghost', run_id, ${executionColumns} from execution where agent_id = 'a1'`,
  ],
  [
    'ghosts',
    'execution ghost',
    `insert into execution (agent_id, run_id, ${executionColumns})
      select 'ghost', 'ghosts', ${executionColumns} from execution where agent_id = 'a1'`,
  ],
  [
    'run-1',
    'artifact ghost',
    `insert into artifact (id, run_id, ${artifactColumns})
      select 'ghost', run_id, ${artifactColumns} from artifact where id = 'art-1'`,
  ],
  [
    'ghosts',
    'artifact ghost',
    `insert into artifact (id, run_id, ${artifactColumns})
      select 'ghost', 'ghosts', ${artifactColumns} from artifact where id = 'art-1'`,
  ],
  [
    'run-1',
    'synthesis ghost',
    `insert into synthesis (id, run_id, ${synthesisColumns})
      select 'ghost', run_id, ${synthesisColumns} from synthesis where id = 'syn-1'`,
  ],
  [
    'ghosts',
    'synthesis ghost',
    `insert into synthesis (id, run_id, ${synthesisColumns})
      select 'ghost', 'ghosts', ${synthesisColumns} from synthesis where id = 'syn-1'`,
  ],
]

/** Rows whose key was changed, so that one is missing and another is in no event. */
export const renamedRows: Readonly<Record<string, string>> = {
  run: "update run set id = 'renamed' where id = 'run-1'",
  'execution a1': "update execution set agent_id = 'renamed' where agent_id = 'a1'",
  'artifact art-1': "update artifact set id = 'renamed' where id = 'art-1'",
  'synthesis syn-1': "update synthesis set id = 'renamed' where id = 'syn-1'",
}

const positionOf = (column: string, row: string) => `(select ${column} from ${row})`
const responseOfA1 = positionOf('response_position', "execution where agent_id = 'a1'")
const contentOfArt1 = positionOf('content_position', "artifact where id = 'art-1'")
const markdownOfSyn1 = positionOf('markdown_position', "synthesis where id = 'syn-1'")

interface Lasting {
  readonly statements: readonly string[]
  /** What must be named, in the first run of `story` unless it says another. */
  readonly named: readonly (readonly [subject: string, what: string, runId?: string])[]
}

const sequence = (n: number) => `run_id = 'run-1' and sequence = ${n}`

/** What cannot be put right from the log, because it befell the log, or a text of which there is no other. */
export const lastingDamage: Readonly<Record<string, Lasting>> = {
  'a response is changed': {
    statements: [`update body set text = 'No.' where position = ${responseOfA1}`],
    named: [['execution a1', 'differs']],
  },
  'a response is gone': {
    statements: [`delete from body where position = ${responseOfA1}`],
    named: [['execution a1', 'missing']],
  },
  'a content is changed': {
    statements: [`update body set text = '{"a":1}' where position = ${contentOfArt1}`],
    named: [['artifact art-1', 'differs']],
  },
  'a content is gone': {
    statements: [`delete from body where position = ${contentOfArt1}`],
    named: [['artifact art-1', 'missing']],
  },
  'a markdown is changed': {
    statements: [`update body set text = '# Plan' where position = ${markdownOfSyn1}`],
    named: [['synthesis syn-1', 'differs']],
  },
  'a markdown is gone': {
    statements: [`delete from body where position = ${markdownOfSyn1}`],
    named: [['synthesis syn-1', 'missing']],
  },
  'a body is moved': {
    statements: [`update body set position = 1000000 where position = ${contentOfArt1}`],
    named: [['artifact art-1', 'missing']],
  },
  'metadata are changed': {
    statements: ["update artifact set metadata = '[]'"],
    named: [['artifact art-1', 'differs']],
  },
  'metadata are illegible': {
    statements: ["update synthesis set metadata = 'not JSON'"],
    named: [['synthesis syn-1', 'differs']],
  },
  'the row of an artifact is gone, and its metadata with it': {
    statements: ["delete from artifact where id = 'art-1'"],
    named: [['artifact art-1', 'missing']],
  },
  'the row of a synthesis is gone, and its metadata with it': {
    statements: ["delete from synthesis where id = 'syn-1'"],
    named: [['synthesis syn-1', 'missing']],
  },
  'an event is gone': {
    statements: [`delete from event where ${sequence(4)}`],
    named: [['event 4', 'missing']],
  },
  'the first events are gone': {
    statements: ["delete from event where run_id = 'run-1' and sequence < 3"],
    named: [['events 1 to 2', 'missing']],
  },
  'the last event is gone': {
    statements: [`delete from event where ${sequence(12)}`, `delete from event where ${sequence(13)}`],
    named: [['run', 'differs']],
  },
  'all events are gone': {
    statements: ["delete from event where run_id = 'run-1'"],
    named: [
      ['run', 'untold'],
      ['execution a1', 'untold'],
    ],
  },
  'the row of the run is gone, and its first event': {
    statements: ["delete from run where id = 'run-1'", `delete from event where ${sequence(1)}`],
    named: [
      ['run', 'missing'],
      ['event 1', 'missing'],
    ],
  },
  'an event is of another run': {
    statements: [`update event set run_id = 'of nobody' where ${sequence(4)}`],
    named: [
      ['event 4', 'missing'],
      ['run', 'missing', 'of nobody'],
      ['events 1 to 3', 'missing', 'of nobody'],
    ],
  },
  'an event has another sequence': {
    statements: [`update event set sequence = 40 where ${sequence(4)}`],
    named: [['event 4', 'missing']],
  },
  'an event has another position': {
    statements: [`update event set position = 1000000 where ${sequence(4)}`],
    named: [['event 5', 'disordered']],
  },
  'two events have swapped their positions': {
    statements: [
      `update event set position = position * 1000000 + (select e.position from event as e where e.${sequence(4)})
        where ${sequence(3)}`,
      `update event set position = (select e.position from event as e where e.${sequence(3)}) / 1000000
        where ${sequence(4)}`,
      `update event set position = position % 1000000 where ${sequence(3)}`,
    ],
    named: [['event 4', 'disordered']],
  },
  'two events have swapped their sequences': {
    statements: [
      `update event set sequence = 1004 where ${sequence(3)}`,
      `update event set sequence = 3 where ${sequence(4)}`,
      `update event set sequence = 4 where ${sequence(1004)}`,
    ],
    named: [['event 4', 'disordered']],
  },
  'an event is of another type': {
    statements: [`update event set type = 'run.abandoned', data = '{}' where ${sequence(4)}`],
    named: [['log', 'broken']],
  },
  'an event is of a type nobody knows': {
    statements: [`update event set type = 'run.renamed' where ${sequence(9)}`],
    named: [
      ['event 9', 'unknown'],
      ['log', 'differs'],
    ],
  },
  'an event says more than anybody knows': {
    statements: [`update event set data = '{"by":"me"}' where ${sequence(8)}`],
    named: [
      ['event 8', 'unknown'],
      ['log', 'differs'],
    ],
  },
  'a member of an event says more than anybody knows': {
    statements: [
      `update event set data = replace(data, '"no JSON"', '"no JSON","by":"me"') where ${sequence(7)}`,
    ],
    named: [
      ['event 7', 'unknown'],
      ['log', 'differs'],
    ],
  },
  'an event is illegible': {
    statements: [`update event set data = 'not JSON' where ${sequence(9)}`],
    named: [
      ['event 9', 'unreadable'],
      ['log', 'differs'],
    ],
  },
  'an event says nothing at all': {
    statements: [`update event set data = 'null' where ${sequence(4)}`],
    named: [
      ['event 4', 'unreadable'],
      ['log', 'differs'],
    ],
  },
  'a conclusion says nothing at all': {
    statements: [`update event set data = 'null' where ${sequence(11)}`],
    named: [
      ['event 11', 'unreadable'],
      ['log', 'differs'],
    ],
  },
  'a conclusion has lost its seal': {
    statements: [`update event set data = replace(data, '"seal"', '"seals"') where ${sequence(11)}`],
    named: [['event 11', 'unreadable']],
  },
  'an event does not say what it must': {
    statements: [`update event set data = '{}' where ${sequence(4)}`],
    named: [['event 4', 'unreadable']],
  },
}
