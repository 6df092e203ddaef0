import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

const script = fileURLToPath(new URL('../check-floors.mjs', import.meta.url))

/** Runs the check over a workspace made of these files. */
function check(files: Record<string, string | object>) {
  const root = temporaryFolder()
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, root], { encoding: 'utf8' })
  return { status, said: stdout + stderr }
}

const named = (folder: string, fields: object = {}) => ({ name: `@consensus-store/${folder}`, ...fields })
const on = (...folders: string[]) =>
  Object.fromEntries(folders.map((folder) => [`@consensus-store/${folder}`, 'workspace:^']))

const lower = { 'packages/core/package.json': named('core') }

describe('check-floors', () => {
  test('passes this workspace', () => {
    expect(spawnSync(process.execPath, [script], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
  })

  test('lets a package use what is on a lower floor', () => {
    const { status } = check({
      ...lower,
      'packages/memory/package.json': named('memory', { dependencies: on('core') }),
      'packages/memory/src/index.ts': "import { guard } from '@consensus-store/core'",
    })
    expect(status).toBe(0)
  })

  test.each(['dependencies', 'peerDependencies', 'optionalDependencies', 'devDependencies'])(
    'refuses a package on a higher floor in %s',
    (field) => {
      const { status, said } = check({
        'packages/sql/package.json': named('sql', { [field]: on('sqlite') }),
        'packages/sqlite/package.json': named('sqlite', { dependencies: on('sql') }),
      })
      expect(status).toBe(1)
      expect(said).toContain(`packages/sql/package.json: ${field} uses @consensus-store/sqlite`)
      expect(said).toContain('sql is on floor 3, sqlite on 4')
    },
  )

  test.each([
    ['a static import', "import { memoryStore } from '@consensus-store/memory'"],
    ['an import of types', "import type { MemoryStoreOptions } from '@consensus-store/memory'"],
    ['an import for its effects', "import '@consensus-store/memory'"],
    [
      'a dynamic import',
      "export const open = async () => (await import('@consensus-store/memory')).memoryStore()",
    ],
    ['a dynamic import of a template', 'export const open = () => import(`@consensus-store/memory`)'],
    [
      'an import behind a variable',
      "const name = '@consensus-store/memory'\nexport const open = () => import(name)",
    ],
    ['a re-export', "export * from '@consensus-store/memory'"],
    ['an import over several lines', "import {\n  memoryStore,\n} from\n  '@consensus-store/memory'"],
    ['a subpath', "import '@consensus-store/memory/package.json'"],
    ['a require', "createRequire(import.meta.url)('x'); require('@consensus-store/memory')"],
  ])('refuses %s of the same floor', (_what, source) => {
    const { status, said } = check({
      'packages/sql/package.json': named('sql'),
      'packages/memory/package.json': named('memory'),
      'packages/sql/src/deep/index.ts': source,
    })
    expect(status).toBe(1)
    expect(said).toMatch(/packages\/sql\/src\/deep\/index\.ts:\d+ uses @consensus-store\/memory/)
  })

  test('names the line', () => {
    const { said } = check({
      'packages/core/package.json': named('core'),
      'packages/core/src/a.ts': "/*\n * three\n */\n\nimport '@consensus-store/cli'",
      'packages/cli/package.json': named('cli'),
    })
    expect(said).toContain('packages/core/src/a.ts:5 ')
  })

  test('refuses a way around through relative paths', () => {
    const { status, said } = check({
      ...lower,
      'packages/core/src/index.ts': "export * from '../../memory/src/index.ts'",
      'packages/memory/package.json': named('memory'),
    })
    expect(status).toBe(1)
    expect(said).toContain('reaches into another folder: ../../memory/src/index.ts')
  })

  test('lets tests use those of what may test them, and nothing else of that', () => {
    const folders = {
      'packages/redis/package.json': named('redis'),
      'packages/sqlite/package.json': named('sqlite'),
    }
    const reaching = (from: string, what: string) =>
      check({ ...folders, [`packages/redis/${from}`]: `import '../../sqlite/${what}'` })

    expect(reaching('test/a.test.ts', 'test/places.ts').status).toBe(0)
    expect(reaching('test/a.test.ts', 'src/store.ts').status).toBe(1)
    expect(reaching('src/index.ts', 'test/places.ts').status).toBe(1)
  })

  test('does not take a comment for an import', () => {
    const { status } = check({
      ...lower,
      'packages/core/src/index.ts':
        "// import '@consensus-store/cli'\n/** as in import '@consensus-store/memory' */\nexport const a = 1",
    })
    expect(status).toBe(0)
  })

  test('lets every test use the conformance suite, and its own tests use memory', () => {
    const { status } = check({
      ...lower,
      'packages/core/test/a.test.ts': "import '@consensus-store/conformance'",
      'packages/conformance/package.json': named('conformance', { devDependencies: on('memory') }),
      'packages/conformance/test/a.test.ts': "import '@consensus-store/memory'",
      'packages/memory/package.json': named('memory', { devDependencies: on('conformance') }),
    })
    expect(status).toBe(0)
  })

  test('keeps backends out of the conformance suite itself', () => {
    const { status, said } = check({
      'packages/conformance/package.json': named('conformance', { devDependencies: on('memory') }),
      'packages/conformance/src/index.ts': "import '@consensus-store/memory'",
      'packages/memory/package.json': named('memory'),
    })
    expect(status).toBe(1)
    expect(said).toContain('packages/conformance/src/index.ts:1 uses @consensus-store/memory')
  })

  test('refuses a package without a floor', () => {
    const { status, said } = check({ 'packages/studio/package.json': named('studio') })
    expect(status).toBe(1)
    expect(said).toContain('packages/studio has no floor')
  })
})
