import { describeStore } from '@consensus-store/conformance'
import { memoryStore } from '@consensus-store/memory'

describeStore('memory', { open: async (options) => memoryStore(options) })
