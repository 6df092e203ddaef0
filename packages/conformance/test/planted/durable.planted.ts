// What was acknowledged outlives the process, however it ends; many processes may be at one place at once.
import { memoryStore } from '@consensus-store/memory'
import type { SuiteName } from '../../src/describe-store.ts'
import type { OpenOptions } from '../../src/subject.ts'
import type { FileFault } from './file-faults.ts'
import { fileSubject } from './file-subject.ts'
import { plantSubject } from './plant.ts'

const plantInFile = (fault: FileFault, by: string, suite: SuiteName) =>
  plantSubject(fault, by, suite, fileSubject(fault))

plantInFile(
  'writes are acknowledged before they are written',
  'loses nothing that was acknowledged, and leaves nothing by halves',
  'killing',
)
plantInFile('writes are kept back until there are many', 'goes on where it was', 'restarting')
plantInFile(
  'a transaction is written piece by piece',
  'loses nothing that was acknowledged, and leaves nothing by halves',
  'killing',
)
plantInFile(
  'a new place is made by each who finds none',
  'a new place at one moment is done by one of many processes, and awaited by the others',
  'opening',
)
plantInFile(
  'who finds that another made a new place first fails',
  'a new place at one moment is done by one of many processes, and awaited by the others',
  'opening',
)
plantInFile(
  'writers do not wait for each other',
  'lets any number of processes open a new place and write at once',
  'sharing',
)
plantInFile(
  'what others write is seen only on opening',
  'is seen at once by every other store at the same place',
  'sharing',
)
plantInFile(
  'readers wait for writers',
  'lets nobody see, or wait to read, what another process has not committed',
  'sharing',
)
plantInFile(
  'a writer stops its process while it waits',
  'has writers wait for another process’s transaction without stopping this one',
  'sharing',
)
plantInFile(
  'a file whose writer was killed stays locked',
  'in the midst of a transaction undoes it, and stops nobody',
  'killing',
)
plantInFile(
  'each process gives the place an identity of its own',
  'gives one identity to all who open a place at once, in every process, and another to another place',
  'sharing',
)
plantInFile(
  'every place has the same identity',
  'gives a store an identity of its own, whatever its clock and its ids are',
  'opening',
)
plantInFile(
  'a place is identified by when it was opened last',
  'keeps the identity of the store',
  'restarting',
)
plantInFile(
  'who finds no identity makes one, others or not',
  'gives one identity to all who open a place at once, in every process, and another to another place',
  'sharing',
)

const durable = ({ env }: OpenOptions = {}) => {
  const supports = { durable: true, shared: false }
  return Promise.resolve({ ...memoryStore({ env }), supports })
}

plantSubject('a store says it is durable and gives no place', 'finds everything as it was', 'restarting', {
  open: durable,
})

plantSubject('a store says it is durable and keeps nothing', 'finds everything as it was', 'restarting', {
  open: durable,
  place: async () => ({
    open: durable,
    opener: new URL('./file-opener.ts', import.meta.url),
    location: '',
    [Symbol.asyncDispose]: async () => undefined,
  }),
})
