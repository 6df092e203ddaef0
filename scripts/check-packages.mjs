// Checks what would be published, as its users get it: packs every package, lints the tarballs, installs them into an
// empty folder with npm, and there compiles, runs and tests against them. It needs nothing but the npm registry.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { packageManager, scripts } = json(join(root, 'package.json'))
const work = mkdtempSync(join(tmpdir(), 'consensus-store-packages-'))
const consumer = join(work, 'consumer')

// What is running then is ended with us, so its step fails; without a listener the folder would stay.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

try {
  const tarballs = pack()
  for (const tarball of tarballs) lint(tarball)
  install(tarballs)
  use()
  useOnOldestNode()
  console.log(`${tarballs.length} packages are fit to publish`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function pack() {
  step('build', scripts.build, root)
  step('pack', `npx -y ${packageManager} -r --filter "./packages/*" pack --pack-destination "${work}"`, root)
  const tarballs = readdirSync(work).filter((file) => file.endsWith('.tgz'))
  const packages = readdirSync(join(root, 'packages')).filter((folder) =>
    existsSync(join(root, 'packages', folder, 'package.json')),
  )
  if (tarballs.length !== packages.length)
    fail(`${packages.length} packages made ${tarballs.length} tarballs`)
  return tarballs
}

function lint(tarball) {
  step(`publint ${tarball}`, `publint run --strict ${tarball}`, work)
  step(
    `are the types wrong? ${tarball}`,
    `attw --profile esm-only --no-emoji --format ascii ${tarball}`,
    work,
  )
}

/** The versions of what is not ours are those of the workspace, so that the check changes only when we do. */
function install(tarballs) {
  mkdirSync(consumer)
  cpSync(join(root, 'scripts', 'consumer'), consumer, { recursive: true })
  const version = (name) => json(join(root, 'node_modules', name, 'package.json')).version
  const dependencies = Object.fromEntries(
    tarballs.map((tarball) => [
      tarball.replace(/^consensus-store-(.*)-\d.*$/, '@consensus-store/$1'),
      `file:../${tarball}`,
    ]),
  )
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: {
      ...dependencies,
      vitest: version('vitest'),
      // Who writes for Node has its types: the declarations use them, and so do those of the drivers.
      '@types/node': version('@types/node'),
    },
  }
  writeFileSync(join(consumer, 'package.json'), JSON.stringify(manifest, null, 2))
  step('npm install', 'npm install --no-audit --no-fund --loglevel=error', consumer)
}

function use() {
  step('compile a consumer', 'tsc -p tsconfig.json', consumer)

  const example = readmeExample()
  writeFileSync(join(consumer, 'example.ts'), example.code)
  const printed = step("run the README's example", 'node example.ts', consumer)
  if (printed !== example.output) fail(`The README's example printed\n${printed}and not\n${example.output}`)

  const { version } = json(join(root, 'packages', 'cli', 'package.json'))
  const said = step('consensus --version', 'npx --no-install consensus --version', consumer)
  if (!said.includes(version)) fail(`consensus --version said ${said}and not ${version}`)
  step('consensus demo', 'npx --no-install consensus demo', consumer)
  step('consensus verify', 'npx --no-install consensus verify --store sqlite:consensus-demo.db', consumer)
  // Done in a thread, whose file must be among what is published.
  step(
    'consensus backup',
    'npx --no-install consensus backup demo.backup --store sqlite:consensus-demo.db',
    consumer,
  )
  step(
    'consensus restore',
    'npx --no-install consensus restore demo.backup --to sqlite:restored.db',
    consumer,
  )
}

/** The engines say first which Node is the oldest; its binary comes from npm, as the pinned one does. */
function useOnOldestNode() {
  const { engines } = json(join(root, 'packages', 'cli', 'package.json'))
  const version =
    /^\^(\d+\.\d+\.\d+) \|\| /.exec(engines.node)?.[1] ?? fail(`engines.node is ${engines.node}`)
  const platform = process.platform === 'win32' ? 'win' : process.platform
  const runtime = `node-${platform}-${process.arch}`
  const folder = join(work, 'oldest')
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  step(
    `npm install Node ${version}`,
    `npm install --no-audit --no-fund --loglevel=error ${runtime}@${version}`,
    folder,
  )

  const oldest = `"${join(folder, 'node_modules', runtime, 'bin', 'node')}"`
  const consensus = `${oldest} node_modules/@consensus-store/cli/dist/bin.js`
  // In the workspace it runs on the pinned Node, from the sources; here it is what is published, on the other end.
  step(
    `run the suite on Node ${version}`,
    `${oldest} node_modules/vitest/vitest.mjs run --reporter=dot --testTimeout=60000 --hookTimeout=60000`,
    consumer,
  )
  step(
    'compile the example',
    'tsc --ignoreConfig --noCheck --target es2024 --module nodenext --outDir compiled example.ts',
    consumer,
  )
  step(`run the example on Node ${version}`, `${oldest} compiled/example.js`, consumer)
  step(`consensus demo on Node ${version}`, `${consensus} demo --store sqlite:oldest.db`, consumer)
  step(`consensus verify on Node ${version}`, `${consensus} verify --store sqlite:oldest.db`, consumer)
}

/** The code as it stands in the README, and what its file is expected to print. */
function readmeExample() {
  const readme = readFileSync(join(root, 'README.md'), 'utf8')
  const [, name, code] =
    /^<!-- example: examples\/(\S+)\.ts -->\n+```ts\n([\s\S]*?)^```$/m.exec(readme) ??
    fail('README.md shows no example')
  return { code, output: readFileSync(join(root, 'examples', 'expected', `${name}.txt`), 'utf8') }
}

/** What a command printed. When it fails, everything it said is shown and the check is over. */
function step(title, command, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, {
    cwd,
    shell: true,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (status !== 0) fail(`${title} failed (${error?.message ?? status}): ${command}\n${stdout}\n${stderr}`)
  console.log(`ok  ${title}`)
  return stdout
}

function fail(message) {
  rmSync(work, { recursive: true, force: true })
  console.error(message)
  process.exit(1)
}

function json(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}
