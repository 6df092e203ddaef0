import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

/** What Vitest's JSON reporter says, as far as it matters here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: 'passed' | 'failed' | 'skipped' | 'pending'
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

const right = 'nothing is wrong'

const folder = await mkdtemp(join(tmpdir(), 'consensus-store-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const report = await runSuitesOverFaults()
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
    const caught = results.find(({ status }) => status === 'failed')
    const by = caught ? `: ${[...caught.ancestorTitles.slice(2), caught.title].join(' › ')}` : ''

    test(`notice that ${fault}${by}`, () => {
      expect(caught).toBeDefined()
    })
  }
})

/** In one process of its own: there these tests are meant to fail. */
async function runSuitesOverFaults(): Promise<Report> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const config = fileURLToPath(new URL('planted/vitest.config.ts', import.meta.url))
  const outputFile = join(folder, 'report.json')
  const args = [vitest, 'run', '--config', config, '--reporter=json', `--outputFile=${outputFile}`]
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
  return JSON.parse(
    await readFile(outputFile, 'utf8').catch(() => {
      throw new Error(`The suites left no report:\n${output}`)
    }),
  )
}
