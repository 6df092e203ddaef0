import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'

/** What Vitest's JSON reporter says, as far as it matters here. */
interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: 'passed' | 'failed' | 'skipped' | 'pending'
    }[]
  }[]
}

const right = 'nothing is wrong'

const folder = await mkdtemp(join(tmpdir(), 'consensus-store-test-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const report = await runTestsOverFaults()
const results = new Map(
  report.testResults.map(({ name, assertionResults }) => [
    basename(name, '.planted.ts').replaceAll('-', ' '),
    assertionResults,
  ]),
)

describe('the suites that look into damaged stores', () => {
  test('could be run over every fault', () => {
    expect(results.size).toBeGreaterThan(17)
    expect([...results].filter(([, tests]) => tests.length === 0)).toEqual([])
  })

  test('pass where there is none', () => {
    const tests = results.get(right) ?? []
    expect(tests.filter(({ status }) => status === 'passed').length).toBeGreaterThan(70)
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

/** In a process of its own: there these tests are meant to fail. */
async function runTestsOverFaults(): Promise<Report> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const config = fileURLToPath(new URL('planted/vitest.config.ts', import.meta.url))
  const outputFile = join(folder, 'report.json')
  const args = [vitest, 'run', '--config', config, '--reporter=json', `--outputFile=${outputFile}`]
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 26 }, (_, stdout, stderr) => resolve(stdout + stderr))
  })
  return JSON.parse(
    await readFile(outputFile, 'utf8').catch(() => {
      throw new Error(`The tests left no report:\n${output}`)
    }),
  )
}
