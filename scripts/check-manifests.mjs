// Fails when a package.json leaves out what a published package must say, when what it publishes is not, entry by entry,
// what the workspace uses, from `dist` instead of `src`, or when its README is no use where npm shows it: alone.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const folders = readdirSync(join(root, 'packages')).filter((folder) =>
  existsSync(join(root, 'packages', folder, 'package.json')),
)
const problems = folders.flatMap((folder) => [...problemsOf(folder), ...problemsOfReadme(folder)])

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

/** Whether it has code that runs is for check-docs, which knows every block of TypeScript to be from a file. */
function problemsOfReadme(folder) {
  const path = `packages/${folder}/README.md`
  const text = existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : ''
  const { bin } = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
  const musts = {
    'does not say how to install it': new RegExp(`^npm install .*@consensus-store/${folder}( |$)`, 'm'),
    'shows no code': bin ? /^npx /m : /^```ts$/m,
    'says nothing of errors': /^## Errors$/m,
  }
  return [
    ...Object.entries(musts)
      .filter(([, must]) => !must.test(text))
      .map(([problem]) => problem),
    ...[...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .filter(([, target]) => !/^(https?:|#)/.test(target))
      .map(([, target]) => `links to ${target}, which is nowhere once published`),
  ].map((problem) => `${path} ${problem}`)
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
