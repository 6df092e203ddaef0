import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))
const examples = readdirSync(folder).filter((name) => /^\d\d-.*\.ts$/.test(name))

describe('the examples', () => {
  test('each have an expected output', () => {
    const expected = readdirSync(join(folder, 'expected')).map((name) => name.replace(/\.txt$/, '.ts'))

    expect(examples.length).toBeGreaterThan(0)
    expect(expected).toEqual(examples)
  })

  test.each(examples)('%s prints what is expected', async (name) => {
    const cwd = mkdtempSync(join(tmpdir(), 'consensus-example-'))
    onTestFinished(() => rmSync(cwd, { recursive: true, force: true }))

    const { code, stdout, stderr } = await run(join(folder, name), cwd)

    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    await expect(stdout).toMatchFileSnapshot(join(folder, 'expected', name.replace(/\.ts$/, '.txt')))
  })
})

async function run(script: string, cwd: string) {
  const child = spawn(process.execPath, [script], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { code: await ended, stdout, stderr }
}
