import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  benchmark,
  measure,
  type Pace,
  type Prepare,
  resultsOf,
  type Trial,
  UsageError,
  wishes,
} from '@consensus-store/conformance/bench'
import { describe, expect, it, onTestFinished } from 'vitest'
import { median, spread } from '../src/bench/statistics.ts'

/** A clock that only work moves, and what was done, in order. */
function laboratory() {
  let ms = 0
  const done: string[] = []
  const variant =
    (name: string, cost: number | (() => number)): Prepare =>
    async () => ({
      run() {
        done.push(name)
        ms += typeof cost === 'number' ? cost : cost()
      },
      close: () => void done.push(`close ${name}`),
    })
  const pace = (given: Partial<Pace> = {}): Pace => ({
    warmups: 0,
    rounds: 1,
    sliceMs: 0,
    clock: () => ms,
    ...given,
  })
  return { done, variant, pace }
}

const rounds = (rates: Record<string, number[]>) => new Map(Object.entries(rates))
const trial = (given: Partial<Trial> = {}): Trial => ({
  title: 'routes.find',
  baseline: 'bare',
  variants: {},
  ...given,
})

describe('statistics', () => {
  it.each([
    [[7], 7, 0],
    [[9, 1, 5], 5, 4],
    [[4, 1, 3, 2], 2.5, 1.5],
    [[1, 2, 3, 4, 1_000], 3, 2],
  ])('of %j are median %d and spread %d', (values, middle, range) => {
    expect(median(values)).toBe(middle)
    expect(spread(values)).toBe(range)
  })

  it('leave the values in their order', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })

  it('of nothing are not a number', () => {
    expect(median([])).toBeNaN()
  })
})

describe('measuring', () => {
  it('lets another variant begin in every round', async () => {
    const { done, variant, pace } = laboratory()
    const variants = { a: variant('a', 1), b: variant('b', 1), c: variant('c', 1) }
    await measure(trial({ baseline: 'a', variants }), pace({ rounds: 4 }))
    expect(done.slice(0, 12).join('')).toBe('abc' + 'bca' + 'cab' + 'abc')
  })

  it('counts the operations of a run, by the second', async () => {
    const { variant, pace } = laboratory()
    const variants = { bare: variant('bare', 4), store: variant('store', 2) }
    const rates = await measure(trial({ operations: 100, variants }), pace({ rounds: 2 }))
    expect(rates).toEqual(rounds({ bare: [25_000, 25_000], store: [50_000, 50_000] }))
  })

  it('does not count the rounds that warm up', async () => {
    const { variant, pace } = laboratory()
    let calls = 0
    const variants = { bare: variant('bare', () => (calls++ < 2 ? 1_000 : 1)) }
    const rates = await measure(trial({ variants }), pace({ warmups: 2, rounds: 3 }))
    expect(rates.get('bare')).toEqual([1_000, 1_000, 1_000])
  })

  it('works until the slice is filled', async () => {
    const { done, variant, pace } = laboratory()
    await measure(trial({ variants: { bare: variant('bare', 30) } }), pace({ sliceMs: 80 }))
    expect(done).toEqual(['bare', 'bare', 'bare', 'close bare'])
  })

  it('looks at the clock ever less when a run is short', async () => {
    const { variant, pace } = laboratory()
    let looks = 0
    const { clock } = pace()
    const counting = { sliceMs: 1_000, clock: () => [looks++, clock()][1]! }
    await measure(trial({ variants: { bare: variant('bare', 1) } }), pace(counting))
    expect(looks).toBeLessThan(60)
  })

  it('awaits what a run returns, within the time', async () => {
    const { pace } = laboratory()
    let ms = 0
    const run = () => Promise.resolve().then(() => (ms += 5))
    const rates = await measure(
      trial({ variants: { bare: async () => ({ run }) } }),
      pace({ clock: () => ms }),
    )
    expect(rates.get('bare')).toEqual([200])
  })

  it('says how many runs come next, outside the time', async () => {
    const { pace } = laboratory()
    let ms = 0
    let stock = 0
    const prepare: Prepare = async () => ({
      restock(runs) {
        stock += runs
        ms += 1_000
      },
      run() {
        stock -= 1
        ms += 1
      },
    })
    const rates = await measure(
      trial({ variants: { bare: prepare } }),
      pace({ rounds: 3, sliceMs: 100, clock: () => ms }),
    )
    expect(stock).toBe(0)
    expect(rates.get('bare')).toEqual([1_000, 1_000, 1_000])
  })

  it('closes every variant, also when one fails', async () => {
    const { done, variant, pace } = laboratory()
    const failing = variant('store', () => {
      throw new Error('disk is gone')
    })
    const failed = measure(trial({ variants: { bare: variant('bare', 1), store: failing } }), pace())
    await expect(failed).rejects.toThrow('disk is gone')
    expect(done).toEqual(['bare', 'store', 'close bare', 'close store'])
  })
})

describe('results', () => {
  it('compare round with round, so that a slow moment of the machine meets both', () => {
    const rates = rounds({ bare: [100, 10, 100, 100, 50], store: [80, 8, 80, 40, 40] })
    const [, store] = resultsOf(trial(), rates)
    expect(store).toEqual({
      trial: 'routes.find',
      variant: 'store',
      opsPerSecond: 40,
      ratio: 0.8,
      baseline: 'bare',
      rounds: 5,
      spread: 0,
    })
  })

  it.each([
    [84, 'no'],
    [85, 'at least'],
    [109, 'at least'],
    [110, 'aim'],
  ])('of %d against 100 say that a goal of 0.85 and 1.1 is reached: %s', (rate, reached) => {
    const goals = [{ variant: 'store', atLeast: 0.85, aim: 1.1 }]
    const [bare, store] = resultsOf(trial({ goals }), rounds({ bare: [100], store: [rate] }))
    expect(bare).not.toHaveProperty('goal')
    expect(store).toMatchObject({ goal: { atLeast: 0.85, aim: 1.1 }, reached })
  })

  it('compare with another variant when a goal says so', () => {
    const goals = [{ variant: 'store', against: 'kysely', atLeast: 3, aim: 6 }]
    const rates = rounds({ bare: [100], store: [80], kysely: [20] })
    expect(resultsOf(trial({ goals }), rates).at(-1)).toMatchObject({
      variant: 'store',
      baseline: 'kysely',
      ratio: 4,
      reached: 'at least',
    })
  })

  it('name a variant that is not there', () => {
    expect(() => resultsOf(trial({ baseline: 'best' }), rounds({ bare: [1] }))).toThrow(
      'routes.find has no variant best',
    )
  })
})

describe('a benchmark', () => {
  const trials = () => {
    const { variant, pace } = laboratory()
    const variants = { bare: variant('bare', 1), store: variant('store', 100) }
    const goals = [{ variant: 'store', atLeast: 0.85, aim: 1.1 }]
    return {
      pace: pace(),
      trials: ['routes.find', 'runs.list'].map((title) => trial({ title, variants, goals })),
    }
  }
  const all = { only: undefined, json: undefined, once: false }

  it('reports a ratio that is short of its goal, and does not fail', async () => {
    const { trials: given, pace } = trials()
    const lines: string[] = []
    await benchmark(given, all, { pace, print: (text) => lines.push(text) })
    expect(lines.join('\n')).toMatch(/store .* bare +0\.01 +0\.00 +0\.85 +1\.10 +short/)
  })

  it('runs only the trials whose title holds what was asked for', async () => {
    const { trials: given, pace } = trials()
    const { results } = await benchmark(given, { ...all, only: 'list' }, { pace, print: () => {} })
    expect(new Set(results.map((result) => result.trial))).toEqual(new Set(['runs.list']))
  })

  it('names the trials there are when none is meant', async () => {
    const { trials: given, pace } = trials()
    const asked = benchmark(given, { ...all, only: 'lists' }, { pace })
    await expect(asked).rejects.toThrow(UsageError)
    await expect(asked).rejects.toThrow(/"lists".*routes\.find.*runs\.list/s)
  })

  it('says nothing of goals when everything ran once', async () => {
    const { trials: given, pace } = trials()
    const { results } = await benchmark(given, { ...all, once: true }, { pace, print: () => {} })
    expect(results).toHaveLength(4)
    for (const result of results) expect(result).not.toHaveProperty('reached')
  })

  it('writes the machine and the results as JSON', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'consensus-store-bench-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const json = join(folder, 'results.json')
    const { trials: given, pace } = trials()
    const report = await benchmark(
      given,
      { ...all, json },
      { pace, print: () => {}, facts: () => ({ sqlite: '3.5' }) },
    )
    expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(report)
    expect(report.machine).toMatchObject({ node: process.versions.node, sqlite: '3.5' })
    expect(report.machine.cores).toBeGreaterThan(0)
  })
})

describe('the wishes of a command line', () => {
  it('are what its options say', () => {
    expect(wishes(['--only', 'routes', '--json', 'out.json', '--once'])).toEqual({
      only: 'routes',
      json: 'out.json',
      once: true,
    })
    expect(wishes([])).toEqual({ only: undefined, json: undefined, once: false })
  })

  it.each([['--fast'], ['routes']])('are refused when they hold %s', (word) => {
    expect(() => wishes([word])).toThrow(UsageError)
    expect(() => wishes([word])).toThrow(word)
  })
})
