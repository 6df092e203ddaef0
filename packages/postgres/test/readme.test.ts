import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { aDatabase } from './database.ts'

test('the program in the README prints what became of the stage', async () => {
  const program = fileURLToPath(new URL('./readme.ts', import.meta.url))
  const env = { ...process.env, DATABASE_URL: await aDatabase() }

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env })

  expect({ stdout, stderr }).toEqual({ stdout: 'degraded, without gemini\n', stderr: '' })
})
