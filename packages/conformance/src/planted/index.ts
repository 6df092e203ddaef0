import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What Vitest's JSON reporter says, as far as it matters to whoever scores a suite against planted faults. */
export interface PlantedReport {
  readonly testResults: readonly {
    readonly name: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: 'passed' | 'failed' | 'skipped' | 'pending'
      readonly failureMessages: readonly string[]
    }[]
  }[]
}

/**
 * Runs the tests of a Vitest configuration in a process of its own, because there they are meant to fail, and gives what
 * became of each. Rejects with what Vitest printed when it left no report.
 */
export async function runPlanted(config: URL): Promise<PlantedReport> {
  const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
  const folder = await mkdtemp(join(tmpdir(), 'consensus-store-test-'))
  try {
    const outputFile = join(folder, 'report.json')
    const options = ['--config', fileURLToPath(config), '--reporter=json', `--outputFile=${outputFile}`]
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [vitest, 'run', ...options], { maxBuffer: 2 ** 26 }, (_, stdout, stderr) =>
        resolve(stdout + stderr),
      )
    })
    return JSON.parse(
      await readFile(outputFile, 'utf8').catch(() => {
        throw new Error(`The tests left no report:\n${output}`)
      }),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
