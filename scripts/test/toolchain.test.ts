import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

// Stands where npx would: notes that it was called, and links this process's runtime in as the pinned one.
const fakeNpx = `#!${process.execPath}
const { appendFileSync, mkdirSync, readFileSync, symlinkSync, existsSync } = require('node:fs')
appendFileSync('npx-calls', process.argv.slice(2).join(' ') + '\\n')
console.log('output of the installation')
const behaviour = process.env.FAKE_NPX
if (behaviour === 'fail') process.exit(7)
if (behaviour === 'hang') setInterval(() => {}, 1000)
else setTimeout(() => {
  mkdirSync('node_modules/node/bin', { recursive: true })
  if (!existsSync('node_modules/node/bin/node')) symlinkSync(process.execPath, 'node_modules/node/bin/node')
}, behaviour === 'slow' ? 300 : 0)
`

const report = `
console.log(JSON.stringify({ runtime: process.execPath, args: process.argv.slice(2), folder: process.cwd() }))
`

/** A fresh clone, as far as the toolchain can tell. */
function freshClone() {
  const root = temporaryFolder()
  mkdirSync(join(root, 'scripts'))
  mkdirSync(join(root, 'bin'))
  cpSync(fileURLToPath(new URL('../toolchain.mjs', import.meta.url)), join(root, 'scripts', 'toolchain.mjs'))
  writeFileSync(join(root, 'bin', 'npx'), fakeNpx, { mode: 0o755 })
  writeFileSync(join(root, 'package.json'), '{ "packageManager": "pnpm@1.2.3" }')
  writeFileSync(join(root, 'pnpm-lock.yaml'), 'lockfileVersion: 1')
  writeFileSync(join(root, 'pnpm-workspace.yaml'), 'packages: []')
  writeFileSync(join(root, 'report.cjs'), report)

  const start = (args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = root) =>
    spawn(process.execPath, [join(root, 'scripts', 'toolchain.mjs'), ...args], {
      cwd,
      env: {
        ...process.env,
        INIT_CWD: undefined,
        PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}`,
        ...env,
      },
    })
  return {
    root,
    start,
    run: (args: readonly string[], env?: NodeJS.ProcessEnv, cwd?: string) => ended(start(args, env, cwd)),
    installs: () => lines(join(root, 'npx-calls')),
    isLocked: () => existsSync(join(root, '.installing')),
  }
}

const lines = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [])

async function ended(child: ChildProcess) {
  const said = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => (said.stdout += chunk))
  child.stderr?.on('data', (chunk) => (said.stderr += chunk))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { code, ...said }
}

async function aPidOfNobody() {
  const child = spawn(process.execPath, ['--version'])
  await ended(child)
  return String(child.pid)
}

describe('toolchain', () => {
  test('installs what is pinned before it runs the first script, and only then', async () => {
    const clone = freshClone()
    const first = await clone.run(['report.cjs'])
    expect(first.code).toBe(0)
    expect(first.stderr).toContain('Installing the pinned runtime and packages with pnpm@1.2.3')
    const second = await clone.run(['report.cjs'])
    expect(second.stderr).toBe('')
    expect(clone.installs()).toEqual(['-y pnpm@1.2.3 install --frozen-lockfile'])
  })

  test('leaves stdout to the script, even while it installs', async () => {
    const { stdout } = await freshClone().run(['report.cjs', 'one two', '--three'])
    expect(JSON.parse(stdout)).toMatchObject({
      runtime: realpathSync(process.execPath),
      args: ['one two', '--three'],
    })
  })

  test('runs in the workspace, or with --here where its caller stands', async () => {
    const clone = freshClone()
    const elsewhere = temporaryFolder()
    const folderOf = async (...[args, env]: Parameters<typeof clone.run>) =>
      JSON.parse((await clone.run(args, env, elsewhere)).stdout).folder
    expect(await folderOf(['report.cjs'])).toBe(clone.root)
    expect(await folderOf(['--here', 'report.cjs'])).toBe(elsewhere)
    expect(await folderOf(['--here', 'report.cjs'], { INIT_CWD: join(clone.root, 'bin') })).toBe(
      join(clone.root, 'bin'),
    )
  })

  test('installs again when what is pinned has changed', async () => {
    const clone = freshClone()
    await clone.run(['report.cjs'])
    writeFileSync(join(clone.root, 'pnpm-lock.yaml'), 'lockfileVersion: 2')
    await clone.run(['report.cjs'])
    expect(clone.installs()).toHaveLength(2)
  })

  test('installs once when several start at once', async () => {
    const clone = freshClone()
    const all = await Promise.all([1, 2, 3].map(() => clone.run(['report.cjs'], { FAKE_NPX: 'slow' })))
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0])
    expect(clone.installs()).toHaveLength(1)
    expect(clone.isLocked()).toBe(false)
  })

  test('takes over from a process that died while it installed', async () => {
    const clone = freshClone()
    writeFileSync(join(clone.root, '.installing'), await aPidOfNobody())
    expect(await clone.run(['report.cjs'])).toMatchObject({ code: 0 })
    expect(clone.installs()).toHaveLength(1)
    expect(clone.isLocked()).toBe(false)
  })

  test('shows why an installation failed, and tries again the next time', async () => {
    const clone = freshClone()
    const failed = await clone.run(['report.cjs'], { FAKE_NPX: 'fail' })
    expect(failed).toMatchObject({ code: 1, stdout: '' })
    expect(failed.stderr).toContain('output of the installation')
    expect(clone.isLocked()).toBe(false)
    expect(await clone.run(['report.cjs'])).toMatchObject({ code: 0 })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'stops an installation on %s and does not count it',
    async (signal) => {
      const clone = freshClone()
      const child = clone.start(['report.cjs'], { FAKE_NPX: 'hang' })
      await vi.waitUntil(() => clone.installs().length === 1, { timeout: 20_000 })
      child.kill(signal)
      expect(await ended(child)).toMatchObject({ code: signal === 'SIGINT' ? 130 : 143, stdout: '' })
      expect(clone.isLocked()).toBe(false)
      expect(await clone.run(['report.cjs'])).toMatchObject({ code: 0 })
      expect(clone.installs()).toHaveLength(2)
    },
  )

  test('ends as the script ended', async () => {
    const clone = freshClone()
    writeFileSync(join(clone.root, 'refuse.cjs'), 'process.exit(3)')
    expect(await clone.run(['refuse.cjs'])).toMatchObject({ code: 3, stdout: '' })
    writeFileSync(join(clone.root, 'die.cjs'), "process.kill(process.pid, 'SIGKILL')")
    expect(await clone.run(['die.cjs'])).toMatchObject({ code: 137 })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('passes %s on once and waits for the script', async (signal) => {
    const clone = freshClone()
    writeFileSync(
      join(clone.root, 'tidy.cjs'),
      `process.on('${signal}', () => { console.log('tidying'); setTimeout(() => process.exit(5), 100) })
       setInterval(() => {}, 1000); console.log('ready')`,
    )
    const child = clone.start(['tidy.cjs'])
    child.stdout.once('data', () => child.kill(signal))
    expect(await ended(child)).toMatchObject({ code: 5, stdout: 'ready\ntidying\n' })
  })
})
