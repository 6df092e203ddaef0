// Removes what a build leaves in packages/, so that nothing of an older build is ever published.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const packages = fileURLToPath(new URL('../packages', import.meta.url))
for (const folder of readdirSync(packages)) {
  rmSync(join(packages, folder, 'dist'), { recursive: true, force: true })
}
