// Runs a script of this workspace on the pinned runtime, installing runtime and packages first when they are missing or
// out of date: `node scripts/toolchain.mjs [--here] <script> [arguments]`. With --here the script runs in the folder its
// caller stands in, otherwise in the workspace. It needs nothing but Node 20 and npm, so that the README's commands work
// right after `git clone`, and it writes nothing to stdout, which belongs to the script.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.installed-from')
const lock = join(root, '.installing')
const windows = process.platform === 'win32'
const runtime = join(modules, 'node', 'bin', windows ? 'node.exe' : 'node')

let stop
let stoppedBy
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stoppedBy = signal
    if (stop) stop(signal)
    else process.exit(128 + constants.signals[signal])
  })
}

const here = process.argv[2] === '--here'
const [script, ...args] = process.argv.slice(here ? 3 : 2)

if (!isInstalled()) await alone(install)
const { code, signal } = await run(runtime, [join(root, script), ...args], {
  cwd: here ? (process.env.INIT_CWD ?? process.cwd()) : root,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(modules, '.bin')}${delimiter}${process.env.PATH}` },
})
process.exit(code ?? 128 + constants.signals[signal])

/** The stamp is written last, so an install that was cut short does not count. */
function isInstalled() {
  return contents(stamp) === wanted() && existsSync(runtime)
}

function wanted() {
  const hash = createHash('sha256')
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

async function install() {
  if (isInstalled()) return
  const from = wanted()
  rmSync(stamp, { force: true })
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  console.error(`Installing the pinned runtime and packages with ${packageManager}, once ...`)
  const output = []
  // In a group of its own, so that stopping it stops all it started; NODE_ENV=production would leave half out.
  const { code } = await run(
    'npx',
    ['-y', packageManager, 'install', '--frozen-lockfile'],
    {
      cwd: root,
      shell: windows,
      detached: !windows,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: 'true', NODE_ENV: undefined },
    },
    (chunk) => output.push(chunk),
  )
  if (stoppedBy) process.exit(128 + constants.signals[stoppedBy])
  if (code !== 0) {
    console.error(Buffer.concat(output).toString())
    console.error('The installation failed, as shown above. The same command tries again.')
    process.exit(1)
  }
  writeFileSync(stamp, from)
}

/** Does the work while no other process of this checkout does. The lock of a process that died is taken over. */
async function alone(work) {
  let waiting = false
  while (!acquire()) {
    const holder = contents(lock)
    if (holder !== undefined && !isAlive(Number(holder))) takeAway(holder)
    else if (!waiting) {
      console.error(`Waiting for process ${holder} to finish installing (its lock is ${lock}) ...`)
      waiting = true
    } else await sleep(100)
  }
  const release = () => rmSync(lock, { force: true })
  process.on('exit', release)
  await work()
  process.off('exit', release)
  release()
}

/** A link appears with its content, so that nobody ever reads half a lock. */
function acquire() {
  const mine = `${lock}.${process.pid}`
  writeFileSync(mine, String(process.pid))
  try {
    linkSync(mine, lock)
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  } finally {
    rmSync(mine)
  }
}

/** Of several that find the same dead holder one gets to rename its lock; the others find it gone, or another's. */
function takeAway(holder) {
  const taken = `${lock}.${process.pid}`
  try {
    renameSync(lock, taken)
    if (contents(taken) !== holder) linkSync(taken, lock)
  } catch (error) {
    if (error.code !== 'ENOENT' && error.code !== 'EEXIST') throw error
  }
  rmSync(taken, { force: true })
}

function isAlive(pid) {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function run(command, args, options, onOutput) {
  return new Promise((resolve) => {
    const child = spawn(command, args, options)
    child.stdout?.on('data', onOutput)
    child.stderr?.on('data', onOutput)
    stop = (signal) => {
      if (options.detached) killGroup(child.pid, signal)
      // A terminal's Ctrl-C reaches the child by itself, and a second one would cut short how it stops.
      else if (signal === 'SIGTERM' || !inTerminal()) child.kill(signal)
    }
    child.on('error', (error) => {
      console.error(`${command} could not be run: ${error.message}`)
      process.exit(1)
    })
    child.on('close', (code, signal) => {
      stop = undefined
      resolve({ code, signal })
    })
  })
}

function killGroup(pid, signal) {
  try {
    process.kill(-pid, signal)
  } catch (error) {
    // It ended by itself a moment ago.
    if (error.code !== 'ESRCH') throw error
  }
}

function inTerminal() {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY
}

function contents(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
