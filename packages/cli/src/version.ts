import { readFileSync } from 'node:fs'

/** The version of this package, read from beside it: the same two folders up, in development and published. */
export function version(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  return version
}
