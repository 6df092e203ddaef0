import { dirname, relative, sep } from 'node:path'
import type { IO } from './io.ts'

/** How to call the command again from where the user stands. */
export function invocation({ env, cwd, script }: Pick<IO, 'env' | 'cwd' | 'script'>): string {
  const npmScript = env.npm_lifecycle_event
  if (npmScript === undefined) {
    return script?.endsWith('bin.ts') ? `node ${shellQuoted(relative(cwd, script))}` : 'consensus'
  }
  const checkout = env.npm_package_name === 'consensus-store-workspace'
  if (!checkout || !['demo', 'consensus'].includes(npmScript)) return 'npx @consensus-store/cli'
  // npm finds the checkout from any folder inside it; from outside it must be told.
  const root = dirname(env.npm_package_json ?? '')
  const inside = relative(root, cwd).split(sep)[0] !== '..'
  return `npm${inside ? '' : ` --prefix ${shellQuoted(root)}`} run -s consensus --`
}

/** A word as a shell takes it: as it is when it is plain, in single quotes otherwise. */
export const shellQuoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
