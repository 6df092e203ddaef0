import { describe, expect, test } from 'vitest'
import { checkHistory } from '../src/isolation/check-history.ts'
import type { History, Operation, Transaction } from '../src/isolation/history.ts'

/** As in `x+1 y=1,2`: appends 1 to x, then reads y as 1, 2. */
const operations = (text: string): readonly Operation[] =>
  text.split(' ').map((word) => {
    const [, key, sign, rest] = word.match(/^(\w+)([+=])(.*)$/)!
    return sign === '+' ? { append: rest!, key: key! } : { read: rest!.split(',').filter(Boolean), key: key! }
  })

/** All at once, unless told. */
const transaction = (id: string, text: string, told: Partial<Transaction> = {}): Transaction => ({
  id,
  operations: operations(text),
  outcome: 'committed',
  began: 0,
  ended: 100,
  ...told,
})

const history = (final: History['final'], ...transactions: Transaction[]): History => ({
  transactions,
  final,
})
const names = (of: History) => checkHistory(of).map(({ name }) => name)

describe('a history that some serial order explains', () => {
  const right: Record<string, History> = {
    'that is empty': history({}),
    'of one who sees their own appends': history({ x: ['1', '2'] }, transaction('A', 'x= x+1 x=1 x+2 x=1,2')),
    'of two who read what the other wrote before': history(
      { x: ['1', '2'], y: ['3'] },
      transaction('A', 'x+1'),
      transaction('B', 'x=1 x+2 y='),
      transaction('C', 'x=1,2 y+3'),
    ),
    'with one that was undone': history(
      { x: ['1'] },
      transaction('A', 'x+0', { outcome: 'aborted' }),
      transaction('B', 'x= x+1'),
    ),
    'with one whose end was not learned, done': history(
      { x: ['0', '1'] },
      transaction('A', 'x+0', { outcome: 'unknown' }),
      transaction('B', 'x=0 x+1'),
    ),
    'with one whose end was not learned, not done': history(
      { x: ['1'] },
      transaction('A', 'x+0 y=7', { outcome: 'unknown' }),
      transaction('B', 'x= x+1'),
    ),
    'in which one that began later comes first, through a third': history(
      { x: ['1'], y: ['2'] },
      transaction('A', 'x+1', { began: 0, ended: 10 }),
      transaction('B', 'y=', { began: 20, ended: 30 }),
      transaction('C', 'x= y+2', { began: 0, ended: 40 }),
    ),
    'read by one who reads nothing else': history(
      { x: ['1', '2'] },
      transaction('A', 'x+1 x+2'),
      transaction('B', 'x='),
      transaction('C', 'x=1,2'),
    ),
  }
  for (const [what, it] of Object.entries(right)) {
    test(`has no anomaly: one ${what}`, () => {
      expect(checkHistory(it)).toEqual([])
    })
  }
})

describe('a history that none explains', () => {
  const wrong: Record<string, History> = {
    'aborted read (G1a)': history(
      { x: ['1'] },
      transaction('A', 'x+0', { outcome: 'aborted' }),
      transaction('B', 'x=0'),
      transaction('C', 'x+1'),
    ),
    'aborted write kept (G1a)': history({ x: ['0'] }, transaction('A', 'x+0', { outcome: 'aborted' })),
    'intermediate read (G1b)': history(
      { x: ['1', '2'] },
      transaction('A', 'x+1 x+2'),
      transaction('B', 'x=1'),
    ),
    'own write not seen': history({ x: ['1'] }, transaction('A', 'x+1 x=')),
    'unrepeatable read': history({ x: ['1'] }, transaction('A', 'x= x=1'), transaction('B', 'x+1')),
    'incompatible order': history(
      { x: ['1', '2'] },
      transaction('A', 'x+1'),
      transaction('B', 'x+2'),
      transaction('C', 'x=2'),
    ),
    'lost append': history({ x: [] }, transaction('A', 'x+1')),
    'appended twice': history({ x: ['1', '1'] }, transaction('A', 'x+1')),
    'from nowhere': history({ x: ['1'] }),
    'cycle of writes (G0)': history(
      { x: ['1', '2'], y: ['4', '3'] },
      transaction('A', 'x+1 y+3'),
      transaction('B', 'x+2 y+4'),
    ),
    'cycle of information (G1c)': history(
      { x: ['1'], y: ['2'] },
      transaction('A', 'x+1 y=2'),
      transaction('B', 'y+2 x=1'),
    ),
    'cycle with one anti-dependency (G-single)': history(
      { x: ['1'], y: ['2'] },
      transaction('A', 'x= y=2'),
      transaction('B', 'x+1 y+2'),
    ),
    'cycle of anti-dependencies (G2)': history(
      { x: ['1'], y: ['2'] },
      transaction('A', 'y= x+1'),
      transaction('B', 'x= y+2'),
    ),
    'stale read': history(
      { x: ['1'] },
      transaction('A', 'x+1', { ended: 10 }),
      transaction('B', 'x=', { began: 20 }),
    ),
  }
  for (const [name, it] of Object.entries(wrong)) {
    test(`is told as what it is: ${name}`, () => {
      expect(names(it)).toEqual([name])
    })
  }

  test('of many is told by the shortest of its cycles, with who and why', () => {
    const [anomaly] = checkHistory(
      history(
        { x: ['1'], y: ['2'], z: ['3'], ...Object.fromEntries(chain.map(({ id }) => [id, [id]])) },
        ...chain,
        transaction('A', 'y= x+1'),
        transaction('B', 'z= y+2'),
        transaction('C', 'x= z+3 t0='),
      ),
    )

    expect(anomaly!.name).toBe('cycle of anti-dependencies (G2)')
    expect(anomaly!.shown).toBe(
      [
        'A (committed): read y as []; append 1 to x',
        'B (committed): read z as []; append 2 to y',
        'C (committed): read x as []; append 3 to z; read t0 as []',
        'A before B (rw): A read y without 2, which came next',
        'B before C (rw): B read z without 3, which came next',
        'C before A (rw): C read x without 1, which came next',
      ].join('\n'),
    )
  })

  test('is found among ten thousand that are right', () => {
    const lists = Array.from({ length: 100 }, (_, i) => `l${i}`)
    const final = Object.fromEntries(lists.map((key) => [key, [] as string[]]))
    const transactions = Array.from({ length: 10_000 }, (_, i) => {
      const key = lists[i % 100]!
      const before = final[key]!.join(',')
      final[key]!.push(`${i}`)
      return transaction(`T${i}`, `${key}=${before} ${key}+${i}`)
    })
    expect(names({ final, transactions })).toEqual([])
    const skewed = [transaction('A', 'a= b+y'), transaction('B', 'b= a+x')]

    expect(
      names({ final: { ...final, a: ['x'], b: ['y'] }, transactions: [...transactions, ...skewed] }),
    ).toEqual(['cycle of anti-dependencies (G2)'])
  })
})

/** Others that depend on each other without a cycle. */
const chain = Array.from({ length: 50 }, (_, i) =>
  transaction(`t${i}`, i === 0 ? 't0+t0' : `t${i - 1}=t${i - 1} t${i}+t${i}`),
)
