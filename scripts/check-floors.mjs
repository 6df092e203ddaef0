// Fails when a package leans on one of its own floor or a higher one, in its package.json or in an import.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const FLOORS = { core: 1, conformance: 2, sql: 3, memory: 3, sqlite: 4, postgres: 4, redis: 4, cli: 5 }
const SCOPE = '@consensus-store/'

/** What may be used to test a package although it stands no lower, and the tests of which its own may use. */
const forTests = { conformance: ['memory'], redis: ['sqlite', 'postgres'] }
const inEveryTest = 'conformance'

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const folders = readdirSync(join(root, 'packages')).filter((folder) =>
  existsSync(join(root, 'packages', folder, 'package.json')),
)
const problems = folders.flatMap(problemsOf)

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(`${folders.length} packages stand on their floors`)

function problemsOf(folder) {
  const floor = FLOORS[folder]
  if (floor === undefined) return [`packages/${folder} has no floor: give it one in scripts/check-floors.mjs`]
  const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'))
  const problems = []
  if (manifest.name !== SCOPE + folder) problems.push(`packages/${folder} is named ${manifest.name}`)

  const judge = (name, testing, where) => {
    const problem = refusal(folder, floor, name, testing)
    if (problem) problems.push(`${where} ${problem}`)
  }
  for (const field of ['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies']) {
    for (const name of Object.keys(manifest[field] ?? {})) {
      judge(name, field === 'devDependencies', `packages/${folder}/package.json: ${field}`)
    }
  }
  for (const file of sources(join(root, 'packages', folder))) {
    const where = relative(root, file).split(sep).join('/')
    const testing = !where.startsWith(`packages/${folder}/src/`)
    for (const { specifier, line } of imports(readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('.')) {
        const target = resolve(file, '..', specifier)
        const reachable = [
          folder,
          ...(testing ? (forTests[folder] ?? []).map((other) => join(other, 'test')) : []),
        ]
        if (!reachable.some((inside) => target.startsWith(join(root, 'packages', inside) + sep))) {
          problems.push(`${where}:${line} reaches into another folder: ${specifier}`)
        }
      } else judge(specifier, testing, `${where}:${line}`)
    }
  }
  return problems
}

/** Why a package may not use another, or `undefined` when it may. */
function refusal(folder, floor, specifier, testing) {
  if (!specifier.startsWith(SCOPE)) return undefined
  const other = specifier.slice(SCOPE.length).split('/')[0]
  const below = FLOORS[other]
  if (below === undefined) return `uses ${specifier}, which has no floor`
  if (below < floor || other === folder) return undefined
  if (testing && (other === inEveryTest || forTests[folder]?.includes(other))) return undefined
  return `uses ${specifier}: ${folder} is on floor ${floor}, ${other} on ${below}`
}

/**
 * Every module a source names: statically, dynamically or only for its types. Any string that is a package of ours counts,
 * so that an import cannot hide behind a variable.
 */
function imports(source) {
  const pattern =
    /\b(?:from|import|require|import\.meta\.resolve|require\.resolve)\b\s*\(?\s*(['"`])([^'"`\n]+)\1|(['"`])(@consensus-store\/[^'"`\s]+)\3/g
  return [...withoutComments(source).matchAll(pattern)].map((match) => ({
    specifier: match[2] ?? match[4],
    line: source.slice(0, match.index).split('\n').length,
  }))
}

/** Keeps every character's place. */
function withoutComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))
}

function sources(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : sources(path)
    return /\.[cm]?[jt]sx?$/.test(entry.name) ? [path] : []
  })
}
