import { execFile } from 'node:child_process'
import { type Contestant, compareStores, StoresDiffer } from '@consensus-store/conformance/differential'
import { postgresService } from '@consensus-store/conformance/services'
import { describe, expect, test } from 'vitest'
import { memory, postgres, sqlite } from './contestants.ts'
import { forgetfulStore } from './forgetful-store.ts'

const { CONSENSUS_DIFFERENTIAL_RUNS, CONSENSUS_DIFFERENTIAL_SEED, CONSENSUS_DIFFERENTIAL_PATH } = process.env
const numberIn = (text: string | undefined) => (text ? Number(text) : undefined)

describe('generated histories', () => {
  test('are the same on memory, SQLite and Postgres', { timeout: 3_600_000 }, async () => {
    await using service = await postgresService()
    await using database = await service.database()
    await compareStores([memory, sqlite, postgres(database.url)], {
      runs: numberIn(CONSENSUS_DIFFERENTIAL_RUNS) ?? 60,
      seed: numberIn(CONSENSUS_DIFFERENTIAL_SEED),
      path: CONSENSUS_DIFFERENTIAL_PATH,
    })
  })

  test('are not played on a store that cannot be opened, and that is told', async () => {
    const cause = new Error('no such place')
    const absent: Contestant = { ...memory, name: 'absent', open: () => Promise.reject(cause) }

    await expect(compareStores([memory, absent], { seed: 3 })).rejects.toMatchObject({
      message: expect.stringContaining('Seed 3, '),
      cause,
    })
  })

  describe('that differ in one field of one answer', () => {
    const forgetful: Contestant = {
      name: 'forgetful',
      open: async (env) => forgetfulStore(env),
      source: {
        imports: "import { forgetfulStore } from './forgetful-store.ts'",
        open: 'forgetfulStore(env)',
      },
    }

    test('are found and made short', async () => {
      const error = await difference([memory, forgetful], { seed: 1 })

      expect(error.message).toMatch(/^Seed 1, path "[\d:]+"/)
      const calls = error.program.match(/store\.\w+\.\w+\(/g)!
      expect(calls.filter((call) => call === 'store.executions.spawn(')).toHaveLength(3)
      expect(calls.length).toBeLessThan(8)
    })

    test('are found again by seed and path, without the way there', async () => {
      const error = await difference([memory, forgetful], { seed: 1 })
      const [, path] = error.message.match(/path "([\d:]+)"/)!

      expect((await difference([memory, forgetful], { seed: 1, path: path!, runs: 1 })).program).toBe(
        error.program,
      )
    })

    test('are shown by the program that is printed', async () => {
      const { program } = await difference([memory, forgetful], { seed: 2 })
      const { code, output } = await run(program)

      const [right, wrong] = output.split('\n')
      expect(right).toMatch(/^outcome \d on memory: .* agentName: /)
      expect(wrong).toMatch(/^outcome \d on forgetful: /)
      expect(wrong).not.toContain('agentName')
      expect(code).toBe(1)
    })

    test('are no difference to a program that asks a store that is right', async () => {
      const { program } = await difference([memory, forgetful], { seed: 2 })
      const right = program
        .replace("import { forgetfulStore } from './forgetful-store.ts'\n", '')
        .replace('forgetfulStore(env)', 'memoryStore({ env })')

      expect(await run(right)).toEqual({
        code: 0,
        output: expect.stringMatching(/^No difference in \d outcomes\n$/),
      })
    })
  })
})

async function difference(...args: Parameters<typeof compareStores>): Promise<StoresDiffer> {
  const error = await compareStores(...args).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(StoresDiffer)
  return error as StoresDiffer
}

/** Runs a program as someone would who pasted it beside this file. */
async function run(program: string): Promise<{ code: unknown; output: string }> {
  const args = ['--input-type=module-typescript', '--eval', program]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: import.meta.dirname }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    )
  })
}
