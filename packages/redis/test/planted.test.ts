import { basename } from 'node:path'
import { runPlanted } from '@consensus-store/conformance/planted'
import { describe, expect, test } from 'vitest'

const right = 'nothing is wrong'

const report = await runPlanted(new URL('planted/vitest.config.ts', import.meta.url))
const results = new Map(
  report.testResults.map(({ name, assertionResults }) => [
    basename(name, '.planted.ts').replaceAll('-', ' '),
    assertionResults,
  ]),
)

describe('the suites and the tests of this package', () => {
  test('could be run over every fault', () => {
    expect(results.size).toBeGreaterThan(13)
    expect([...results].filter(([, tests]) => tests.length === 0)).toEqual([])
  })

  test('pass where there is none', () => {
    const tests = results.get(right) ?? []
    expect(tests.filter(({ status }) => status === 'passed').length).toBeGreaterThan(80)
    expect(tests.filter(({ status }) => status === 'failed')).toEqual([])
  })

  for (const [fault, tests] of results) {
    if (fault === right) continue
    const caught = tests.find(({ status }) => status === 'failed')

    test(`notice that ${fault}${caught ? `: ${caught.fullName}` : ''}`, () => {
      expect(caught).toBeDefined()
    })
  }
})
