import { digest } from '@consensus-store/core'
import { lastingDamage } from './damage.ts'

const event = (n: number) => `run_id = 'run-1' and sequence = ${n}`
const bodyOf = (column: string, row: string) => `position = (select ${column} from ${row})`

/** Statements that write another text in place of one, with its size and digest, into the data of an event. */
const retold = (n: number, before: string, after: string) => {
  const told = (text: string) => `"bytes":${Buffer.byteLength(text)},"digest":"${digest(text)}"`
  return `update event set data = replace(data, '${told(before)}', '${told(after)}') where ${event(n)}`
}

/** The events behind one that is gone move up, and the run counts one less. */
const movedUp = (n: number): readonly string[] => [
  `update event set sequence = sequence + 1000 where run_id = 'run-1' and sequence > ${n}`,
  "update event set sequence = sequence - 1001 where run_id = 'run-1' and sequence > 1000",
  "update run set last_sequence = last_sequence - 1 where id = 'run-1'",
]

const anotherSeal = `sha256:${'0'.repeat(64)}`

/**
 * Statements of the shared SQL that change what the first run of `story` tells, log and rows and bodies alike, so that all
 * of it holds together: all but the seal.
 */
export const forgeries: Readonly<Record<string, readonly string[]>> = {
  'an agent is another': [
    `update event set data = replace(data, '"gemini"', '"claude"') where ${event(2)}`,
    "update execution set agent_name = 'claude' where agent_id = 'a1'",
  ],
  'an agent started at another time': [
    `update event set at = (select max(at) from event) where ${event(4)}`,
    "update execution set started_at = (select max(at) from event) where agent_id = 'a1'",
  ],
  'an agent had another part': [
    `update event set data = replace(data, '"regular-stage"', '"quality-gate"') where ${event(10)}`,
    "update execution set phase_type = 'quality-gate' where agent_id = 'a3'",
  ],
  'two events have changed places': [
    ...lastingDamage['two events have swapped their sequences']!.statements,
    ...lastingDamage['two events have swapped their positions']!.statements,
  ],
  'an event is gone': [`delete from event where ${event(8)}`, ...movedUp(8)],
  'an artifact is gone, with its event and its body': [
    `delete from body where ${bodyOf('content_position', "artifact where id = 'art-1'")}`,
    "delete from artifact where id = 'art-1'",
    `delete from event where ${event(6)}`,
    ...movedUp(6),
  ],
  'a response is another': [
    retold(5, 'Plan:\n1. do it\r\n', 'No.'),
    `update body set text = 'No.' where ${bodyOf('response_position', "execution where agent_id = 'a1'")}`,
    `update execution set response_bytes = 3, response_digest = '${digest('No.')}' where agent_id = 'a1'`,
  ],
  'a content is another': [
    retold(6, '{"z":1,"a":[null,true,-0]}', '{"z":2}'),
    `update body set text = '{"z":2}' where ${bodyOf('content_position', "artifact where id = 'art-1'")}`,
    `update artifact set content_bytes = 7, content_digest = '${digest('{"z":2}')}' where id = 'art-1'`,
  ],
  'the metadata of an artifact are others': [
    retold(6, '{"tokens":512}', '{"tokens":1}'),
    `update artifact set metadata = '{"tokens":1}', metadata_digest = '${digest('{"tokens":1}')}' where id = 'art-1'`,
  ],
  'a markdown is another': [
    retold(9, '# Plan\u0000', '# Other'),
    `update body set text = '# Other' where ${bodyOf('markdown_position', "synthesis where id = 'syn-1'")}`,
    `update synthesis set markdown_digest = '${digest('# Other')}' where id = 'syn-1'`,
  ],
  'the conclusion is another': [
    `update event set data = replace(data, '"conflicts":["when"]', '"conflicts":[]') where ${event(11)}`,
    "update run set conflicts = '[]' where id = 'run-1'",
  ],
  'the seal is another': [
    `update event set data = substr(data, 1, length(data) - 73) || '${anotherSeal}"}' where ${event(11)}`,
    `update run set seal = '${anotherSeal}' where id = 'run-1'`,
  ],
}
