import { describe, expect, test } from 'vitest'
import { fold, historyIn, latestIn, type Snapshot, snapshotOf } from '../src/index.ts'
import { aLog } from './a-log.ts'

const log = aLog()
const snapshotAt = (sequence: number): Snapshot => {
  const told = log.slice(0, sequence)
  return snapshotOf(fold('r', told), { position: 10 * sequence, latestAt: latestIn(told) })
}

describe('a snapshot', () => {
  test('holds a history exactly, at every sequence', () => {
    for (let to = 1; to <= log.length; to++) {
      const history = fold('r', log.slice(0, to))
      const snapshot = snapshotAt(to)

      expect(snapshot).toMatchObject({
        runId: 'r',
        sequence: to,
        position: 10 * to,
        latestAt: log[to - 1]!.at,
      })
      expect(historyIn(snapshot)).toStrictEqual(history)
      expect(snapshotOf(historyIn(snapshot)!, snapshot)).toStrictEqual(snapshot)
    }
  })

  test('holds labels and texts of every kind', () => {
    const labels = { z: '', '10': '\u0000', a: '\ud800', ['__proto__']: 'own' }
    const [started] = log
    const from = fold('r', [{ ...started, data: { ...started!.data, labels, branch: 'main' } } as never])

    expect(historyIn(snapshotOf(from, { position: 1, latestAt: started!.at }))).toStrictEqual(from)
  })

  test('is no history when anything in it is not as it was', () => {
    const snapshot = snapshotAt(6)
    const changes: readonly Partial<Snapshot>[] = [
      { runId: 'other' },
      { sequence: 7 },
      { position: 61 },
      { latestAt: new Date(0) },
      { version: snapshot.version + 1 },
      { digest: snapshotAt(5).digest },
      { state: snapshotAt(5).state },
    ]
    expect(historyIn(snapshot)).toBeDefined()
    for (const change of changes) {
      expect(historyIn({ ...snapshot, ...change }), JSON.stringify(change)).toBeUndefined()
    }
  })

  test('knows the latest instant, though clocks go back', () => {
    const at = (ms: number) => ({ at: new Date(ms) })

    expect(latestIn([at(3), at(9), at(5)])).toEqual(new Date(9))
    expect(latestIn([at(3)], new Date(7))).toEqual(new Date(7))
    expect(latestIn([], new Date(7))).toEqual(new Date(7))
  })
})
