import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const script = fileURLToPath(new URL('../check-docs.mjs', import.meta.url))

const example = 'const a = 1\n\nexport function f() {\n  return [\n    a,\n  ]\n}\n'
const block = (marker: string, code: string) => `<!-- ${marker} -->\n\`\`\`ts\n${code}\`\`\`\n`
const whole = block('example: examples/01-first.ts', example)

const good = {
  'README.md': `# A store\n\n[core](packages/core)\n\n${whole}`,
  'package.json': '{ "scripts": { "demo": "x", "check:all": "x" } }',
  'docs/errors.md': '# Errors\n\n## `INVALID`\n\n## `BUSY`\n',
  'examples/01-first.ts': example,
  'packages/core/package.json': '{}',
  'packages/core/src/error.ts':
    "export type StoreErrorCode =\n  | 'INVALID'\n  | 'BUSY'\n\nconst other = 'FULL'\n",
}

/** Runs the check over the good documentation, with some of its files changed. */
function check(changed: Record<string, string> = {}) {
  const root = temporaryFolder()
  for (const [path, content] of Object.entries({ ...good, ...changed })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
  return { status, stderr }
}

const refusal = (message: string) => ({ status: 1, stderr: expect.stringContaining(message) })

describe('check-docs', () => {
  test('passes documentation that holds', () => {
    expect(check()).toEqual({ status: 0, stderr: '' })
  })

  test('refuses a link that leads nowhere', () => {
    expect(check({ 'docs/guide.md': 'See\n[errors](error.md).' })).toEqual(
      refusal('docs/guide.md:2 links to error.md, which is not there'),
    )
  })

  test('refuses a link to a heading that is not there', () => {
    expect(check({ 'docs/guide.md': '[a](errors.md#full)' })).toEqual(refusal('has no such heading'))
    expect(
      check({ 'docs/guide.md': '# One, two: `three`\n\n[a](#one-two-three) [b](errors.md#busy)' }),
    ).toEqual({
      status: 0,
      stderr: '',
    })
  })

  test('leaves other sites and code alone', () => {
    const page = '[a](https://example.com/x) `[b](c.md)`\n\n```sh\necho [d](e.md)\n```\n'
    expect(check({ 'docs/guide.md': page })).toEqual({ status: 0, stderr: '' })
  })

  test('refuses an example that differs from its file by one character', () => {
    const changed = good['README.md'].replace('const a = 1', 'const a = 2')
    expect(check({ 'README.md': changed })).toEqual(refusal('README.md:5 differs from examples/01-first.ts'))
  })

  test('refuses an example that leaves the last line out', () => {
    expect(check({ 'README.md': good['README.md'].replace('}\n```', '```') })).toEqual(
      refusal('differs from'),
    )
  })

  test.each([
    ['some lines', 'export function f() {\n  return [\n'],
    ['lines from further in', 'return [\n  a,\n]\n'],
    ['a blank line', 'const a = 1\n\nexport function f() {\n'],
    ['two pieces', 'const a = 1\n\n// …\nreturn [\n  a,\n]\n'],
  ])('accepts an excerpt of %s', (_what, code) => {
    expect(check({ 'docs/guide.md': block('excerpt: examples/01-first.ts', code) })).toEqual({
      status: 0,
      stderr: '',
    })
  })

  test.each([
    ['leaves lines out', 'const a = 1\n  return [\n'],
    ['has its pieces the other way round', 'return [\n// …\nconst a = 1\n'],
    ['is indented otherwise', 'return [\na,\n'],
    ['says something else', 'return a\n'],
  ])('refuses an excerpt that %s', (_what, code) => {
    expect(check({ 'docs/guide.md': block('excerpt: examples/01-first.ts', code) })).toEqual(
      refusal('is not in examples/01-first.ts in one piece'),
    )
  })

  test('refuses TypeScript from nowhere, and from a file that is gone', () => {
    expect(check({ 'docs/guide.md': '```ts\nconst a = 1\n```\n' })).toEqual(refusal('which file it is from'))
    expect(check({ 'docs/guide.md': block('example: examples/02-gone.ts', 'x\n') })).toEqual(
      refusal('shows examples/02-gone.ts, which is not there'),
    )
  })

  test('refuses paths and scripts that are not there', () => {
    expect(check({ 'docs/guide.md': 'See `packages/core/src/gone.ts`.' })).toEqual(
      refusal('names packages/core/src/gone.ts, which is not there'),
    )
    expect(check({ 'docs/guide.md': '```sh\nnpm run -s gone -- x\n```\n' })).toEqual(
      refusal('names the script gone'),
    )
    expect(check({ 'docs/guide.md': 'Run `pnpm gone`.' })).toEqual(refusal('names the script gone'))
    const page = '`packages/core/src/error.ts` `npm run demo` `pnpm check:all`\n\n```sh\npnpm demo\n```\n'
    expect(check({ 'docs/guide.md': page })).toEqual({ status: 0, stderr: '' })
  })

  test('refuses a matrix that names a file which is not there', () => {
    const matrix = (file: string) =>
      `| | core | sql |\n|---|---|---|\n| errors | \`${file}\` | |\n\n| a | b |\n|---|---|\n| c | \`d.ts\` |\n`
    expect(check({ 'ARCHITECTURE.md': matrix('error.ts') })).toEqual({ status: 0, stderr: '' })
    expect(check({ 'ARCHITECTURE.md': matrix('gone.ts') })).toEqual(
      refusal('ARCHITECTURE.md has packages/core/src/gone.ts for errors, which is not there'),
    )
  })

  test('refuses a README without its example or without a package', () => {
    expect(check({ 'README.md': '[core](packages/core)' })).toEqual(
      refusal('does not show the first example'),
    )
    expect(check({ 'packages/sqlite/package.json': '{}' })).toEqual(refusal('does not name packages/sqlite'))
  })

  test('refuses error codes that are not explained, or explained and never given', () => {
    expect(check({ 'docs/errors.md': '## `INVALID`\n' })).toEqual(refusal('does not explain BUSY'))
    expect(check({ 'docs/errors.md': `${good['docs/errors.md']}\n## \`FULL\`\n` })).toEqual(
      refusal('explains FULL, which no store gives'),
    )
  })
})
