import { basename } from 'node:path'

/** Which test must notice it, by the fault that is planted. */
export const noticedBy: Readonly<Record<string, string>> = {
  'a batch that has begun is joined':
    'answers a thousand callers who ask for nobody, and finds them a moment later',
  'absences are kept': 'are found as soon as an agent is spawned, though nobody found it before',
  'archived runs keep their routes': 'takes all it owns out of the way, wherever one looks',
  'deletions are not remembered until redis acknowledges them': 'that Redis does not hear of is kept to here',
  'deletions remove nothing': 'finds nobody of a deleted run any more, though they were found one by one',
  'entries of other agents are trusted': 'is for another agent is no answer, and is replaced',
  'foreign values are trusted': 'has more behind it is no answer, and is replaced',
  'invalidations are not watched for while redis is read':
    'is not kept when its key changed between the question and the answer',
  'leases are not needed as traffic shows':
    'finds nobody of a deleted run any more, though they were found all at once',
  'leases are not needed':
    'that was deleted while it was read from the store does not come into Redis after all',
  'routes are given away uncopied':
    'answers a thousand callers in one tick alike, and each by a value of its own',
  'spawned routes are kept at once': 'shows what a transaction spawned to nobody outside before it is done',
  'stores share their entries': 'gives nothing that another place holds',
  'the near tier is served while deaf':
    'is not trusted while nothing is heard from Redis, and is again afterwards',
  'what a transaction deletes stays':
    'finds nobody of a run that a transaction deleted, though they were found one by one',
}

/** The fault that is planted in a file, which is named after it. */
export const faultIn = (path: string): string => basename(path, '.planted.ts').replaceAll('-', ' ')
