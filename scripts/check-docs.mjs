// Fails when the documentation says what is not so, as far as a script can tell: a link or a path leads nowhere, a command is
// not there, a code block is not what the file it is taken from says, an error code or a package is left out.
//
// A block of TypeScript says where it is from in a comment before it:
//   <!-- example: examples/01-first-history.ts -->   it is the whole file
//   <!-- excerpt: packages/core/src/run.ts -->       it is some lines of it, in one piece, or in several with `// …` between
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)))
const pages = markdownIn(root)
const { scripts } = JSON.parse(read('package.json'))
const problems = [
  ...pages.flatMap((page) => [...badLinks(page), ...badBlocks(page), ...badNames(page)]),
  ...omissions(),
  ...holesInMatrix(),
]

for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exit(1)
console.log(`${pages.length} pages hold`)

function markdownIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      return ['node_modules', 'dist', '.git', 'test'].includes(entry.name) ? [] : markdownIn(path)
    }
    return entry.name.endsWith('.md') && entry.name !== 'CHANGELOG.md' ? [path] : []
  })
}

function badLinks(page) {
  const text = withoutCode(readFileSync(page, 'utf8'))
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(({ 1: target, index }) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path, anchor] = target.split('#')
    const file = path === '' ? page : resolve(dirname(page), decodeURI(path))
    if (!existsSync(file)) return [`${where(page, text, index)} links to ${target}, which is not there`]
    if (!anchor || !statSync(file).isFile() || anchorsOf(file).has(anchor)) return []
    return [`${where(page, text, index)} links to ${target}, which has no such heading`]
  })
}

/** The anchors headings get: lower case, spaces as hyphens, punctuation dropped. */
function anchorsOf(file) {
  const headings = withoutCode(readFileSync(file, 'utf8'), { spans: false }).matchAll(/^#+ (.*)$/gm)
  return new Set(
    [...headings].map(({ 1: heading }) =>
      heading
        .trim()
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

function badBlocks(page) {
  const text = readFileSync(page, 'utf8')
  const blocks = /(?:<!-- (example|excerpt): (\S+) -->\n+)?^```(?:ts|typescript)\n([\s\S]*?)^```$/gm
  return [...text.matchAll(blocks)].flatMap(({ 1: kind, 2: path, 3: code, index }) => {
    const at = where(page, text, index)
    if (!kind) return [`${at} has TypeScript that does not say which file it is from`]
    if (!existsSync(join(root, path))) return [`${at} shows ${path}, which is not there`]
    const source = readFileSync(join(root, path), 'utf8')
    if (kind === 'example') return source === code ? [] : [`${at} differs from ${path}`]
    return hasPieces(source, code) ? [] : [`${at} is not in ${path} in one piece`]
  })
}

/** Paths and scripts of this repository that are named in code. */
function badNames(page) {
  const text = readFileSync(page, 'utf8')
  const at = (index) => where(page, text, index)
  const paths = [...text.matchAll(/`((?:packages|docs|scripts|examples|\.ci|\.changeset)\/[\w./-]+)`/g)]
  const commands = [...text.matchAll(/(?:`|^)(?:npm run (?:-s )?|pnpm )([\w:-]+)/gm)]
  return [
    ...paths
      .filter(([, path]) => !existsSync(join(root, path)))
      .map(({ 1: path, index }) => `${at(index)} names ${path}, which is not there`),
    ...commands
      .filter(([, name]) => !Object.hasOwn(scripts, name))
      .map(({ 1: name, index }) => `${at(index)} names the script ${name}, which is not there`),
  ]
}

/** Whether each piece of an excerpt stands in a source, behind the one before. */
function hasPieces(source, excerpt) {
  let rest = source.split('\n')
  return excerpt.split(/^\/\/ …\n/m).every((piece) => {
    const wanted = piece.trim().split('\n')
    const start = rest.findIndex((_line, i) => standsAt(rest, i, wanted))
    rest = rest.slice(start + wanted.length)
    return start >= 0
  })
}

/** Whether these lines stand in a row from here on, all indented by the same. */
function standsAt(lines, start, wanted) {
  const indent = lines[start].slice(0, lines[start].length - wanted[0].length)
  if (indent.trim() !== '') return false
  return wanted.every((line, i) => lines[start + i] === (line === '' ? '' : indent + line))
}

function omissions() {
  const found = []
  const readme = read('README.md')
  if (!/<!-- example: examples\/01-/.test(readme)) found.push('README.md does not show the first example')
  for (const folder of readdirSync(join(root, 'packages'))) {
    if (read(`packages/${folder}/package.json`) !== '' && !readme.includes(`(packages/${folder})`))
      found.push(`README.md does not name packages/${folder}`)
  }
  const codes = /StoreErrorCode =([^;\n]*(?:\n +\|[^\n]*)*)/.exec(read('packages/core/src/error.ts'))?.[1]
  const explained = new Set([...read('docs/errors.md').matchAll(/^## `?(\w+)`?$/gm)].map(([, code]) => code))
  for (const [, code] of codes?.matchAll(/'(\w+)'/g) ?? []) {
    if (!explained.delete(code)) found.push(`docs/errors.md does not explain ${code}`)
  }
  for (const code of explained) found.push(`docs/errors.md explains ${code}, which no store gives`)
  return found
}

/** The table in ARCHITECTURE.md whose columns are packages and whose cells are files of them. */
function holesInMatrix() {
  const rows = read('ARCHITECTURE.md')
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').slice(1, -1))
  const start = rows.findIndex(([, first]) => first?.trim() === 'core')
  const [packages = [], ...nouns] = rows
    .slice(Math.max(start, 0))
    .filter((row) => row.length === rows[start]?.length)
  return nouns.flatMap(([noun, ...cells]) =>
    cells.flatMap((cell, i) =>
      [...cell.matchAll(/`([\w./-]+\.ts)`/g)]
        .map(([, file]) => `packages/${packages[i + 1].trim()}/src/${file}`)
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `ARCHITECTURE.md has ${path} for ${noun.trim()}, which is not there`),
    ),
  )
}

function read(path) {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : ''
}

/** Blanks code, where brackets mean something else; every character keeps its place. */
function withoutCode(text, { spans = true } = {}) {
  const blank = (code) => code.replace(/[^\n]/g, ' ')
  const fenced = text.replace(/^```[\s\S]*?^```$/gm, blank)
  return spans ? fenced.replace(/`[^`\n]*`/g, blank) : fenced
}

function where(page, text, index) {
  return `${relative(root, page).split(sep).join('/')}:${text.slice(0, index).split('\n').length}`
}
