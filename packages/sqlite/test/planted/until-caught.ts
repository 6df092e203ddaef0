import { afterEach, beforeEach } from 'vitest'

// The first test that fails has caught the fault; what the others would say takes time and tells nothing.
let caught = false
beforeEach(({ skip }) => skip(caught, 'caught already'))
afterEach(({ task }) => {
  caught ||= task.result?.state === 'fail'
})
