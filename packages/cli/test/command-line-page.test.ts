import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { commands, groups } from '../src/commands/index.ts'
import { filled } from './command-line-page.ts'

const path = fileURLToPath(new URL('../../../docs/command-line.md', import.meta.url))

// vitest run -u writes the page.
test('the page of the command line says what the verbs say of themselves', async () => {
  await expect(filled(readFileSync(path, 'utf8'))).toMatchFileSnapshot(path)
})

test('the README of the package names every verb', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  for (const verb of Object.keys(commands)) expect(readme).toMatch(new RegExp(`(\x60|consensus )${verb}\\b`))
})

test('the page of the command line has every verb', () => {
  const page = filled(readFileSync(path, 'utf8'))
  for (const title of Object.keys(groups)) expect(page).toContain(`\n## ${title}\n`)
  for (const verb of Object.keys(commands))
    expect(page).toMatch(new RegExp(`^### .consensus ${verb}\\b`, 'm'))
})
