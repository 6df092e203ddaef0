// Fails when a package.json leaves out what a published package must say, or when what it publishes is not, entry by entry,
// what the workspace uses, from `dist` instead of `src`.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const folders = readdirSync(join(root, 'packages')).filter((folder) =>
  existsSync(join(root, 'packages', folder, 'package.json')),
)
const problems = folders.flatMap(problemsOf)

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(`${folders.length} manifests agree`)

function problemsOf(folder) {
  const path = `packages/${folder}/package.json`
  const manifest = JSON.parse(readFileSync(join(root, path), 'utf8'))
  const { bin, exports, publishConfig, ...said } = manifest
  const wanted = {
    name: `@consensus-store/${folder}`,
    license: 'Apache-2.0',
    type: 'module',
    sideEffects: false,
    engines: { node: '^22.15.0 || >=23.8.0' },
    files: ['dist', '!dist/.tsbuildinfo', 'src'],
  }
  const published = { access: 'public', ...(bin && { bin: builtBin(bin) }), exports: builtExports(exports) }
  return [
    ...['description', 'keywords']
      .filter((field) => !(said[field]?.length > 0))
      .map((field) => `${field} is missing`),
    ...differing(said, wanted, ''),
    ...differing(publishConfig, published, 'publishConfig.'),
  ].map((problem) => `${path}: ${problem}`)
}

function differing(said, wanted, prefix) {
  return Object.entries(wanted)
    .filter(([field, value]) => JSON.stringify(said?.[field]) !== JSON.stringify(value))
    .map(([field, value]) => `${prefix}${field} is not ${JSON.stringify(value)}`)
}

function builtExports(exports) {
  const entries = Object.entries(exports).map(([entry, path]) => [
    entry,
    path.endsWith('.ts') ? { types: built(path, '.d.ts'), default: built(path, '.js') } : path,
  ])
  return Object.fromEntries(entries)
}

function builtBin(bin) {
  return Object.fromEntries(Object.entries(bin).map(([name, path]) => [name, built(path, '.js')]))
}

function built(path, extension) {
  return path.replace('./src/', './dist/').replace(/\.ts$/, extension)
}
