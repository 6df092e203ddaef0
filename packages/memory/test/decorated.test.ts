import { describeStore } from '@consensus-store/conformance'
import { intercept } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'

describeStore('memory behind a decorator', {
  open: async (options) => intercept(memoryStore(options), async (_operation, call) => await call()),
})
