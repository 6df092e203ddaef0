import { describe, expect, test } from 'vitest'
import { checkFinds } from '../src/routing/check-finds.ts'
import type { Find, Life } from '../src/routing/observations.ts'

const first: Life = {
  agentId: 'a',
  facts: 'first',
  by: 'here',
  spawning: 10,
  spawned: 20,
  deleting: 30,
  deleted: 40,
}
const second: Life = { ...first, facts: 'second', spawning: 50, spawned: 60, deleting: 70, deleted: 80 }

const told = (facts: string | null, began: number, ended: number, find: Partial<Find> = {}): Find => ({
  agentId: 'a',
  by: 'here',
  facts,
  began,
  ended,
  ...find,
})

const wrong = (find: Find, staleMs = 0) =>
  checkFinds({ lives: [first, second], finds: [find] }, staleMs).map(({ wrong }) => wrong)

describe('checking finds accepts', () => {
  test.each([
    ['nothing before the first spawn', told(null, 1, 5)],
    ['nothing while the spawn is under way', told(null, 5, 15)],
    ['nothing by a find that began before the spawn was acknowledged', told(null, 15, 25)],
    ['facts while the spawn is under way', told('first', 5, 15)],
    ['facts between spawn and deletion', told('first', 22, 28)],
    ['facts while the deletion is under way', told('first', 32, 35)],
    ['nothing while the deletion is under way', told(null, 28, 32)],
    ['facts by a find that began before the deletion was acknowledged', told('first', 35, 45)],
    ['nothing between two lives', told(null, 42, 48)],
    ['either facts by a find that overlaps with a change of them', told('second', 35, 55)],
    ['the second facts in their time', told('second', 62, 68)],
    ['nothing after the last deletion', told(null, 90, 95)],
    ['nothing of an agent who was never spawned', told(null, 62, 68, { agentId: 'b' })],
  ])('%s', (_, find) => {
    expect(wrong(find)).toEqual([])
  })

  test('facts elsewhere for as long as is allowed after the deletion', () => {
    expect(wrong(told('first', 45, 46, { by: 'there' }), 5)).toEqual([])
  })
})

describe('checking finds rejects', () => {
  test.each([
    ['facts before they were asked for', told('first', 1, 5), 'before it was spawned'],
    ['nothing between spawn and deletion', told(null, 22, 28), 'was not found'],
    ['facts that were deleted', told('first', 41, 48), 'after it was deleted, in the process'],
    ['facts of an earlier life', told('first', 62, 68), 'after it was deleted'],
    ['facts of a later life', told('second', 22, 28), 'before it was spawned'],
    ['facts nobody was spawned for', told('other', 22, 28), 'never spawned for'],
    ['facts of another agent', told('first', 22, 28, { agentId: 'b' }), 'never spawned for'],
    ['deleted facts elsewhere', told('first', 45, 46, { by: 'there' }), 'after it was deleted, elsewhere'],
  ])('%s', (_, find, message) => {
    expect(wrong(find)).toEqual([expect.stringContaining(message)])
  })

  test('facts elsewhere for longer than is allowed, and here at once', () => {
    expect(wrong(told('first', 46, 47, { by: 'there' }), 5)).toHaveLength(1)
    expect(wrong(told('first', 41, 42), 5)).toHaveLength(1)
  })

  test('with the lives around it', () => {
    const [violation] = checkFinds({ lives: [first, second], finds: [told('first', 62, 68)] }, 0)
    expect(violation!.shown).toContain('here looked for a between 0 and 6.000 ms: first')
    expect(violation!.shown).toContain('spawned by here between -52.000 ms and -42.000 ms')
  })
})
