import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const script = fileURLToPath(new URL('../check-manifests.mjs', import.meta.url))
const real = JSON.parse(readFileSync(new URL('../../packages/cli/package.json', import.meta.url), 'utf8'))

const readme = `# A command

\`\`\`sh
npm install @consensus-store/cli
npx consensus help
\`\`\`

See [a site](https://example.com), [below](#errors).

## Errors
`

/** Runs the check over one package, whose manifest is a real one with some fields changed. */
function check(changed: object = {}, text = readme) {
  const root = temporaryFolder()
  mkdirSync(join(root, 'packages', 'cli'), { recursive: true })
  writeFileSync(join(root, 'packages', 'cli', 'package.json'), JSON.stringify({ ...real, ...changed }))
  writeFileSync(join(root, 'packages', 'cli', 'README.md'), text)
  const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
  return { status, stderr }
}

describe('check-manifests', () => {
  test('passes this workspace', () => {
    expect(spawnSync(process.execPath, [script], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
  })

  test('passes a manifest that is as it must be', () => {
    expect(check()).toEqual({ status: 0, stderr: '' })
  })

  test.each([
    ['description', { description: '' }],
    ['keywords', { keywords: undefined }],
    ['name', { name: '@consensus-store/other' }],
    ['license', { license: 'MIT' }],
    ['engines', { engines: { node: '>=20' } }],
    ['sideEffects', { sideEffects: undefined }],
    ['files', { files: ['dist'] }],
    ['publishConfig.access', { publishConfig: { ...real.publishConfig, access: 'restricted' } }],
    ['publishConfig.bin', { publishConfig: { ...real.publishConfig, bin: { consensus: './src/bin.ts' } } }],
  ])('refuses a wrong %s', (field, changed) => {
    expect(check(changed)).toEqual({ status: 1, stderr: expect.stringContaining(`${field} is `) })
  })

  test('refuses an entry that is used here and not published', () => {
    expect(check({ exports: { ...real.exports, './more': './src/more/index.ts' } })).toEqual({
      status: 1,
      stderr: expect.stringContaining('"./more":{"types":"./dist/more/index.d.ts"'),
    })
  })

  test.each([
    ['does not say how to install it', readme.replace('npm install', 'npm i')],
    ['does not say how to install it', readme.replace('/cli', '/cli-of-another')],
    ['shows no code', readme.replace('npx consensus help', '')],
    ['says nothing of errors', readme.replace('## Errors', '')],
    ['links to ../../README.md, which is nowhere', `${readme}\n[more](../../README.md)`],
    ['links to src/index.ts, which is nowhere', `${readme}\n[more](src/index.ts)`],
  ])('refuses a README that %s', (problem, text) => {
    expect(check({}, text)).toEqual({
      status: 1,
      stderr: expect.stringContaining(`packages/cli/README.md ${problem}`),
    })
  })
})
