import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { aHistory } from './history.ts'
import { aDatabase } from './postgres.ts'
import { aWorld } from './world.ts'

const guide = readFileSync(new URL('../../../docs/promotion.md', import.meta.url), 'utf8')
const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url))
const run = promisify(execFile)

test('the guide to promotion works when its commands are pasted', async () => {
  const [naming, ...blocks] = [...guide.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block]) => block!)
  expect(naming).toMatch(/^FROM=sqlite:.*\nTO=postgres:.*\n$/)
  expect(blocks.filter((block) => block.includes('--watch'))).toHaveLength(1)

  const world = aWorld()
  await world.write(aHistory)
  const env = {
    ...process.env,
    PATH: `${aCommand(world.path('bin'))}:${process.env.PATH}`,
    FROM: 'sqlite:./consensus.db',
    TO: await aDatabase(),
  }
  const paste = (block: string) => run('sh', ['-euc', block], { cwd: world.cwd, env })

  let pasted = 0
  for (const block of blocks) {
    if (block.includes('--watch')) {
      const watch = spawn('sh', ['-euc', `exec ${block}`], { cwd: world.cwd, env })
      onTestFinished(() => void watch.kill('SIGKILL'))
      await once(watch.stderr, 'data')
      await world.write(({ runs }) => runs.start({ id: 'during', specId: 'pay', stage: 'plan' }))
      watch.kill('SIGINT')
      expect(await once(watch, 'close')).toEqual([0, null])
    } else await paste(block)
    pasted += 1
  }
  expect(pasted).toBe(6)
  expect((await paste('consensus runs --json --store "$TO"')).stdout).toContain('"id":"during"')
})

/** A folder with `consensus` in it, as an installation would make one. */
function aCommand(folder: string): string {
  mkdirSync(folder)
  writeFileSync(`${folder}/consensus`, `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`)
  chmodSync(`${folder}/consensus`, 0o755)
  return folder
}
