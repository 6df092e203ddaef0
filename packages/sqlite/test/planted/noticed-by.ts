import { basename } from 'node:path'

/** Which test must notice it, by the fault that is planted. */
export const noticedBy: Readonly<Record<string, string>> = {
  'a damaged run is archived': 'is not archived, and stays where it is: a row',
  'a fold forgets a field': 'counts what it looked at, and finds nothing',
  'a recorder drops what it does not know': 'in its data is taken by no other store, which would drop it',
  'a repair believes a log that is not what was sealed':
    'naming what it cannot restore: a conclusion says nothing at all',
  'a repair drops bodies': 'all rows of all runs, from their logs alone',
  'a repair forgets that a run is archived':
    'is compared with its archive, and restored from it, column by column',
  'a repair forgets where bodies are': 'every column of a row, once verifying has named it: execution a1',
  'a repair ignores that a log may have lost its end':
    'what rows say beyond the end of their log, until it is told not to',
  'a repair keeps snapshots':
    'that are not what the log came to are named, and removed when rows are restored',
  'a repair leaves bodies where they do not belong':
    'bodies whose text is elsewhere in the run: one lies where no body belongs',
  'a repair loses the metadata that are there':
    'every column of a row, once verifying has named it: artifact art-1',
  'a repair makes up metadata': 'every body it did not find fault with',
  'a repair removes every snapshot':
    'that are not what the log came to are named, and removed when rows are restored',
  'a repair removes without being told': 'bodies that no event tells of, until it is told to remove them',
  'a repair says that nothing is left': 'naming what it cannot restore: a response is gone',
  'a repair touches healthy runs': 'touches no row of a run that does not differ',
  'a run that lost its log is read again': 'is not archived, and stays where it is: all of the log',
  'an archive of another run is taken for its own':
    'is CORRUPT and changes nothing, and verifying names it: it holds the bundle of another run',
  'bytes are said to be given back that are not': 'says what can be seen from outside',
  'giving back does not stop once it began':
    'of much says again and again how much it was, and stops between when it is told to',
  'giving back is silent':
    'of much says again and again how much it was, and stops between when it is told to',
  'giving back tells of more than it gave back':
    'of much says again and again how much it was, and stops between when it is told to',
  'health forgets the log of commits': 'says how much space it takes, and how much of that is free',
  'health is silent on what it cannot read': 'is told, not refused, when what it asks of is broken',
  'health rejects what it cannot read': 'is told, not refused, when what it asks of is broken',
  'health says that nothing takes any space': 'says how much space it takes, and how much of that is free',
  'health takes all space for used': 'says how much space it takes, and how much of that is free',
  'retention looks into no archive though there is a folder':
    'leaves it where archives are to be in a folder, names it, and deletes the others: its checksum is another',
  'retention says nothing of damage': 'names it, leaves it, and archives the others: its row is illegible',
  'retention takes illegible labels for none':
    'names it, leaves it, and takes the others: its labels are illegible, {"deleteAfterDays":"never"}',
  'the checksum of an archive is not checked':
    'is CORRUPT and changes nothing, and verifying names it: its checksum is another',
  'the sizes of an archive are not checked':
    'is CORRUPT and changes nothing, and verifying names it: it says fewer bytes than it has',
  'verifying ignores archives':
    'is CORRUPT and changes nothing, and verifying names it: its checksum is another',
  'verifying ignores bodies of no run': 'bodies that no event tells of, until it is told to remove them',
  'verifying ignores bodies': 'naming what it cannot restore: a response is gone',
  'verifying ignores counts': 'is compared with its archive, and restored from it, column by column',
  'verifying ignores gaps': 'naming what it cannot restore: an event is gone',
  'verifying ignores rows that no event tells of':
    'what no event tells of, until it is told to remove it: execution ghost in run-1',
  'verifying ignores runs without a row': 'is still there to be read, and begins again once it was rebuilt',
  'verifying ignores seals':
    'is no longer that of its log when the seal is another, whatever else holds together',
  'verifying ignores snapshots':
    'that are not what the log came to are named, and removed when rows are restored',
  'verifying ignores the order of positions':
    'naming what it cannot restore: two events have swapped their positions',
  'verifying ignores the rows of archived runs':
    'is compared with its archive, and restored from it, column by column',
  'verifying ignores what is left of archived runs':
    'is all there is: what is left beside its archive is named: execution c1',
  'verifying stops after a page': 'every run, to the last of more than a page',
  'verifying takes snapshots of no event for others':
    'that were damaged change no answer, and are named: its position is that of another event',
}

/** The fault that is planted in a file, which is named after it. */
export const faultIn = (path: string): string => basename(path, '.planted.ts').replaceAll('-', ' ')
