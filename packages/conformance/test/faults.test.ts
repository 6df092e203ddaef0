import { describe, expect, test } from 'vitest'
import { runPlanted } from '../src/planted/index.ts'

const right = 'nothing is wrong'

const report = await runPlanted(new URL('planted/vitest.config.ts', import.meta.url))
const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults)
const stores = Map.groupBy(tests, ({ ancestorTitles }) => ancestorTitles[0]!)

describe('the suites', () => {
  test('could be run over every store', () => {
    expect(report.testResults.length).toBeGreaterThan(10)
    expect(report.testResults.filter(({ assertionResults }) => assertionResults.length === 0)).toEqual([])
    expect(stores.size).toBeGreaterThan(100)
  })

  test('pass stores that have no fault', () => {
    const results = stores.get(right) ?? []
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(1_000)
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
  })

  for (const [fault, results] of stores) {
    if (fault === right) continue
    for (const [by, ofSuite] of Map.groupBy(results, ({ ancestorTitles }) => ancestorTitles[1]!)) {
      test(`notice that ${fault}: ${by}`, () => {
        const noticed = ofSuite.filter(({ title }) => title === by)
        expect(noticed.map(({ status }) => status)).toContain('failed')
      })
    }
  }
})
