import { runPlanted } from '@consensus-store/conformance/planted'
import { describe, expect, test } from 'vitest'
import { faultIn, noticedBy } from './planted/noticed-by.ts'

const right = 'nothing is wrong'

const report = await runPlanted(new URL('planted/vitest.config.ts', import.meta.url))
const results = new Map(
  report.testResults.map(({ name, assertionResults }) => [faultIn(name), assertionResults]),
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
    const by = noticedBy[fault]

    test(`notice that ${fault}: ${by}`, () => {
      const noticed = tests.filter(({ title }) => title === by)
      expect(noticed.map(({ status }) => status)).toContain('failed')
    })
  }
})
