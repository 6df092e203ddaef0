// Runs a command with the pinned runtime and packages, installing them first when they are missing or out of date.
// It needs nothing but Node 20 and npm, so that the README's commands work right after `git clone`.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const bin = join(root, 'node_modules', '.bin')
const stamp = join(root, 'node_modules', '.installed-from')
const windows = process.platform === 'win32'

installIfNeeded()
run(process.argv.slice(2))

function installIfNeeded() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'pnpm-lock.yaml')))
    .update(readFileSync(join(root, 'pnpm-workspace.yaml')))
    .digest('hex')
  if (contents(stamp) === wanted) return

  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  console.error(`Installing the pinned runtime and packages with ${packageManager}, once ...`)
  const { status, stdout, stderr, error } = spawnSync(
    'npx',
    ['-y', packageManager, 'install', '--frozen-lockfile'],
    { cwd: root, encoding: 'utf8', shell: windows, env: { ...process.env, CI: 'true' } },
  )
  if (status !== 0) {
    console.error(error?.message ?? `${stdout}\n${stderr}`)
    process.exit(1)
  }
  writeFileSync(stamp, wanted)
}

/** The command sees the caller's folder and streams, and its exit code is ours. */
function run([command, ...args]) {
  const script = args[0]?.startsWith('packages/') ? [join(root, args[0]), ...args.slice(1)] : args
  const here = command === 'node' ? (process.env.INIT_CWD ?? process.cwd()) : root
  const child = spawn(join(bin, windows ? `${command}.cmd` : command), script, {
    cwd: here,
    stdio: 'inherit',
    shell: windows,
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}` },
  })
  // A terminal's Ctrl-C reaches the child by itself; the parent only stays to report how it ended.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('error', (error) => {
    console.error(error.message)
    process.exit(1)
  })
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)))
}

function contents(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
