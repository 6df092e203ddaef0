import { describeStore } from '@consensus-store/conformance'
import { yourStore } from './your-store.ts'

describeStore('yours', { open: async (options) => yourStore(options) })
