import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { archiveFolder, type KeptArchive } from '../src/index.ts'

// Keeps the archives of one folder in another, over and over, and says which it has kept. To be killed.
const [sources, path] = process.argv.slice(2) as [string, string]
const archives = JSON.parse(readFileSync(join(sources, 'archives.json'), 'utf8')) as KeptArchive[]
const folder = archiveFolder(path)
for (const { archivedAt, ...archive } of archives) {
  const compressed = readFileSync(join(sources, archive.runId))
  await folder.keep({ ...archive, archivedAt: new Date(archivedAt) }, compressed)
  process.send!(archive.runId)
}
await new Promise(() => setInterval(() => {}, 1_000))
