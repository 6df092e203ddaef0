import { type ConsensusStore, intercept, StoreError } from '@consensus-store/core'
import { memoryStore } from '@consensus-store/memory'
import { describe, expect, test } from 'vitest'
import { aWorld } from './world.ts'

describe('a command that is interrupted', () => {
  test('closes its store, says nothing, and exits with 130', async () => {
    const stop = new AbortController()
    const seen: string[] = []
    const { promise: stuck, reject: release } = Promise.withResolvers<never>()
    const store = intercept(memoryStore(), (operation, call) => {
      seen.push(operation)
      if (operation === 'close') release(new StoreError('CLOSED', 'The store is closed'))
      if (operation !== 'runs.list') return call()
      stop.abort()
      return stuck
    })

    const result = await aWorld().run(['runs', '--store', 'stuck:'], {
      backends: { stuck: async () => store },
      signal: stop.signal,
    })
    expect(result).toEqual({ code: 130, stdout: '', stderr: '' })
    expect(seen).toEqual(['runs.list', 'close'])
  })

  test('closes a store that was only being opened', async () => {
    const stop = new AbortController()
    let closed = false
    const slow = async (): Promise<ConsensusStore> => {
      stop.abort()
      await Promise.resolve()
      return intercept(memoryStore(), (operation, call) => {
        closed ||= operation === 'close'
        return call()
      })
    }

    expect(
      (await aWorld().run(['runs', '--store', 'slow:'], { backends: { slow }, signal: stop.signal })).code,
    ).toBe(130)
    expect(closed).toBe(true)
  })

  test('does nothing when the user was faster', async () => {
    const world = aWorld()

    expect(await world.run(['demo'], { signal: AbortSignal.abort() })).toEqual({
      code: 130,
      stdout: '',
      stderr: '',
    })
  })
})

describe('a command whose verb fails', () => {
  test('closes its store', async () => {
    let closed = false
    const failing = async () =>
      intercept(memoryStore(), (operation, call) => {
        closed ||= operation === 'close'
        return call()
      })

    expect(
      (await aWorld().run(['show', 'nobody', '--store', 'mine:'], { backends: { mine: failing } })).code,
    ).toBe(1)
    expect(closed).toBe(true)
  })

  test('calls a bug a bug, and shows where it is', async () => {
    const broken = async () => {
      throw new TypeError('cannot read length of undefined')
    }
    const { code, stderr } = await aWorld().run(['runs', '--store', 'mine:'], { backends: { mine: broken } })

    expect(code).toBe(1)
    expect(stderr).toContain('This is a bug in consensus')
    expect(stderr).toMatch(/TypeError: cannot read length of undefined\n +at /)
  })
})
