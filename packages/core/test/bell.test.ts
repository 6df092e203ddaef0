import { describe, expect, test } from 'vitest'
import { bell } from '../src/index.ts'

describe('a bell', () => {
  test('wakes all who wait when it is rung, and counts', async () => {
    const it = bell()
    expect(it.rings).toBe(0)
    const waiting = [it.rung(60_000), it.rung(60_000)]
    it.ring()

    expect(await Promise.all(waiting)).toEqual([true, true])
  })

  test('is not heard by who waits later', async () => {
    const it = bell()
    it.ring()

    expect(it.rings).toBe(1)
    expect(await it.rung(1)).toBe(false)
  })

  test('leaves nothing behind with a signal that lives on', async () => {
    const { signal } = new AbortController()
    const listeners = new Map<unknown, string>()
    signal.addEventListener = (type: string, listener: unknown) => void listeners.set(listener, type)
    signal.removeEventListener = (_: string, listener: unknown) => void listeners.delete(listener)
    const it = bell()
    const waiting = it.rung(60_000, signal)
    expect([...listeners.values()]).toEqual(['abort'])
    it.ring()
    await waiting
    await it.rung(1, signal)

    expect(listeners.size).toBe(0)
  })

  test('is not waited for any longer when the signal is aborted, or was', async () => {
    const enough = new AbortController()
    const waiting = bell().rung(60_000, enough.signal)
    enough.abort()

    expect(await waiting).toBe(false)
    expect(await bell().rung(60_000, enough.signal)).toBe(false)
  })
})
