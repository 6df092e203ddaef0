import { dirname, relative } from 'node:path'
import type { IO } from './io.ts'

/** How to call the command again from where the user stands. */
export function invocation({ env, cwd }: Pick<IO, 'env' | 'cwd'>): string {
  const script = env.npm_lifecycle_event
  if (script === undefined) return 'consensus'
  const checkout = script === 'demo' || script === 'consensus'
  if (!checkout || env.npm_package_name !== 'consensus-store-workspace') return 'npx consensus'
  // npm finds the checkout from any folder inside it; from outside it must be told.
  const root = dirname(env.npm_package_json ?? '')
  const outside = relative(root, cwd).split(/[\\/]/)[0] === '..'
  return `npm${outside ? ` --prefix ${shellQuoted(root)}` : ''} run -s consensus --`
}

/** A word as a shell takes it: as it is when it is plain, in single quotes otherwise. */
export const shellQuoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
