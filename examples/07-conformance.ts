// A backend is any object that passes the suite. Usually `vitest run` finds the test beside the backend; here it is
// started from a program, to show that the two files in your-backend/ are all there is to it.
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'

const root = fileURLToPath(new URL('your-backend', import.meta.url))
const vitest = await startVitest('test', [], { root, watch: false, reporters: [{}], include: ['*.test.ts'] })

const tests = vitest.state.getTestModules().flatMap((module) => [...module.children.allTests()])
const failed = tests.filter((test) => test.result().state === 'failed')
await vitest.close()

for (const test of failed) console.log(`fails    ${test.fullName}`)
console.log(tests.length > 100 && failed.length === 0 ? 'your backend keeps every promise' : 'not yet')
