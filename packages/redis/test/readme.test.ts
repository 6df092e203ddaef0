import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { postgresForFile, redisForFile } from './databases.ts'

const postgres = postgresForFile()
const redis = redisForFile()

test('the program in the README finds a route', async () => {
  const program = fileURLToPath(new URL('./readme.ts', import.meta.url))
  const env = { ...process.env, DATABASE_URL: postgres(), REDIS_URL: redis() }

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], { env })

  expect({ stdout, stderr }).toEqual({ stdout: 'claude answers to checkout, plan\n', stderr: '' })
})
