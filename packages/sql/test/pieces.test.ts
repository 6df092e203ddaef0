import type { HeldRun } from '@consensus-store/core'
import { describe, expect, test } from 'vitest'
import { pieces } from '../src/pieces.ts'

const aRun = (id: string, facts: Partial<HeldRun> = {}): HeldRun => ({
  id,
  specId: 'SPEC-1',
  stage: 'plan',
  labels: {},
  pinned: false,
  status: 'concluded',
  startedAt: new Date(0),
  endedAt: new Date(0),
  inFlight: false,
  archived: false,
  bytes: 0,
  lastSequence: 4,
  version: id,
  newer: 0,
  ...facts,
})

const runs = (count: number) => Array.from({ length: count }, (_, i) => aRun(`r${i}`))

/** Sizes of the pieces, each of which takes so many milliseconds for a run. */
function sizes(cut: ReturnType<typeof pieces>, of: readonly HeldRun[], msPerRun: number): number[] {
  const found: number[] = []
  for (const { runs, took } of cut(of)) {
    found.push(runs.length)
    took(runs.length * msPerRun)
  }
  return found
}

describe('pieces', () => {
  test('hold every run once, in order', () => {
    const all = runs(500)
    expect([...pieces(8)(all)].flatMap((piece) => piece.runs)).toEqual(all)
    expect([...pieces(8)([])]).toEqual([])
  })

  test('come to the size that takes as long as they should, from either side', () => {
    for (const msPerRun of [0.02, 0.5, 4]) {
      const cut = pieces(8)
      sizes(cut, runs(5_000), msPerRun)
      const [first] = sizes(cut, runs(5_000), msPerRun)
      expect(first! * msPerRun).toBeGreaterThan(4)
      expect(first! * msPerRun).toBeLessThanOrEqual(8)
    }
  })

  test('hardly heed one that takes long by chance, and follow when all of them do', () => {
    const cut = pieces(8)
    sizes(cut, runs(20_000), 0.1)
    const [before] = sizes(cut, runs(80), 10)
    const [after, ...later] = sizes(cut, runs(20_000), 0.1)
    expect(before).toBeGreaterThan(60)
    expect(after).toBeGreaterThan(before! / 2.5)
    expect(later.at(-2)).toBeGreaterThan(60)

    sizes(cut, runs(2_000), 1)
    const [slow] = sizes(cut, runs(2_000), 1)
    expect(slow).toBeLessThanOrEqual(9)
  })

  test('have one run at least, and few that are large', () => {
    const cut = pieces(8)
    const large = Array.from({ length: 3 }, (_, i) => aRun(`r${i}`, { lastSequence: 10_000 }))
    expect(sizes(cut, large, 100)).toEqual([1, 1, 1])
    const heavy = Array.from({ length: 3 }, (_, i) => aRun(`r${i}`, { bytes: 2 ** 24 }))
    expect(sizes(pieces(8), heavy, 1)).toEqual([1, 1, 1])
  })
})
