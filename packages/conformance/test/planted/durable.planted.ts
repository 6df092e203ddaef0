// What was acknowledged outlives the process, however it ends; many processes may be at one place at once.
import { memoryStore } from '@consensus-store/memory'
import type { SuiteName } from '../../src/describe-store.ts'
import type { OpenOptions } from '../../src/subject.ts'
import type { FileFault } from './file-faults.ts'
import { fileSubject } from './file-subject.ts'
import { plantSubject } from './plant.ts'

const plantInFile = (fault: FileFault, suite: SuiteName) => plantSubject(fault, suite, fileSubject(fault))

plantInFile('writes are acknowledged before they are written', 'killing')
plantInFile('writes are kept back until there are many', 'restarting')
plantInFile('a transaction is written piece by piece', 'killing')
plantInFile('a new place is made by each who finds none', 'opening')
plantInFile('who finds that another made a new place first fails', 'opening')
plantInFile('writers do not wait for each other', 'sharing')
plantInFile('what others write is seen only on opening', 'sharing')
plantInFile('readers wait for writers', 'sharing')
plantInFile('a writer stops its process while it waits', 'sharing')
plantInFile('a file whose writer was killed stays locked', 'killing')
plantInFile('each process gives the place an identity of its own', 'sharing')
plantInFile('every place has the same identity', 'opening')
plantInFile('a place is identified by when it was opened last', 'restarting')
plantInFile('who finds no identity makes one, others or not', 'sharing')

const durable = ({ env }: OpenOptions = {}) => {
  const supports = { durable: true, shared: false }
  return Promise.resolve({ ...memoryStore({ env }), supports })
}

plantSubject('a store says it is durable and gives no place', 'restarting', { open: durable })

plantSubject('a store says it is durable and keeps nothing', 'restarting', {
  open: durable,
  place: async () => ({
    open: durable,
    opener: new URL('./file-opener.ts', import.meta.url),
    location: '',
    [Symbol.asyncDispose]: async () => undefined,
  }),
})
