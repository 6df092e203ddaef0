import { describe, expect, test } from 'vitest'
import { aClient, aDatabase, anAgent, aRun, aStore, numbered, SCHEMA } from './database.ts'

/** Has every pin fail as if another transaction were in its way, so many times. */
async function contentionOnPins(url: string, times: number, code: string): Promise<void> {
  const client = await aClient(url)
  await client.query(`create sequence ${SCHEMA}.refusals`)
  await client.query(`create function ${SCHEMA}.refuse() returns trigger language plpgsql as $$ begin
    if nextval('${SCHEMA}.refusals') <= ${times} then raise exception 'in the way' using errcode = '${code}'; end if;
    return new;
  end $$`)
  await client.query(`create trigger refuse before update on ${SCHEMA}.run for each row
    when (new.pinned and not old.pinned) execute function ${SCHEMA}.refuse()`)
}

describe('a transaction that others get in the way of', () => {
  for (const code of ['40001', '40P01']) {
    test(`is run again on ${code} until it is through`, async () => {
      const url = await aDatabase()
      const store = await aStore({ url })
      await aRun(store)
      await contentionOnPins(url, 3, code)
      let runs = 0
      await store.transaction(async (tx) => {
        runs++
        await anAgent(tx, 'a1')
        await tx.runs.pin('r1')
      })

      expect(runs).toBe(4)
      expect(await store.verify()).toMatchObject({ events: 3, differences: [] })
    })
  }

  test('is run again when a single write took an id that it had found free', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    await aRun(store, 'r1')
    await aRun(store, 'r2')
    const other = await aStore({ url })
    let runs = 0
    const spawning = store.transaction(async (tx) => {
      runs++
      await tx.runs.get('r1')
      if (runs === 1) await anAgent(other, 'a1', { runId: 'r2' })
      await anAgent(tx, 'a1')
    })

    await expect(spawning).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(runs).toBe(2)
    expect(await store.executions.get('a1')).toMatchObject({ runId: 'r2' })
  })

  test('is BUSY when that goes on for too long, and leaves nothing', async () => {
    const url = await aDatabase()
    const store = await aStore({ url, retryForMs: 200 })
    await aRun(store)
    await contentionOnPins(url, 1_000_000, '40001')

    await expect(
      store.transaction(async (tx) => {
        await anAgent(tx, 'a1')
        await tx.runs.pin('r1')
      }),
    ).rejects.toMatchObject({ code: 'BUSY', retryable: true })
    await expect(store.runs.pin('r1')).rejects.toMatchObject({ code: 'BUSY' })
    expect(await store.executions.get('a1')).toBeUndefined()
    expect(await store.verify()).toMatchObject({ events: 1, differences: [] })
  })

  test('is run again though its callback caught what failed and went on', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    await aRun(store)
    await contentionOnPins(url, 2, '40001')
    const tried: string[] = []
    await store.transaction(async (tx) => {
      const agentId = `a${tried.length}`
      tried.push(agentId)
      await tx.runs.pin('r1').catch(() => undefined)
      await anAgent(tx, agentId)
    })

    expect(tried).toEqual(['a0', 'a1', 'a2'])
    expect((await store.executions.list()).items.map(({ agentId }) => agentId)).toEqual(['a2'])
    expect(await store.runs.get('r1')).toMatchObject({ pinned: true })
    expect(await store.verify()).toMatchObject({ events: 3, differences: [] })
  })

  test('is run again though its callback threw because of that', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    await aRun(store)
    await contentionOnPins(url, 1, '40001')
    await store.transaction(async (tx) => {
      await tx.runs.pin('r1').catch(() => {
        throw new Error('mine')
      })
    })

    expect(await store.runs.get('r1')).toMatchObject({ pinned: true })
  })
})

describe('calls that a transaction makes at once', () => {
  test('are all done, and what one of them undoes is not another’s', async () => {
    const url = await aDatabase()
    const store = await aStore({ url })
    await aRun(store)
    const client = await aClient(url)
    await client.query(`create function refuse() returns trigger language plpgsql as
      $$ begin raise exception 'refused by a trigger'; end $$`)
    await client.query(`create trigger refuse before insert on ${SCHEMA}.event for each row
      when (new.data like '%"a7"%') execute function refuse()`)
    const agents = numbered('a', 20)
    const outcomes = await store.transaction((tx) =>
      Promise.allSettled(agents.map((agentId) => anAgent(tx, agentId))),
    )

    expect(agents.filter((_, i) => outcomes[i]?.status === 'rejected')).toEqual(['a7'])
    expect((await store.executions.list()).items).toHaveLength(agents.length - 1)
    expect(await store.verify()).toMatchObject({ events: agents.length, differences: [] })
  })

  test('are part of it even when nobody waits for them, and none happens behind its end', async () => {
    const store = await aStore({ url: await aDatabase() })
    await aRun(store)
    const agents = numbered('a', 20)
    const forgotten: Promise<unknown>[] = []
    const refused = new Error('mine')
    const work = store.transaction(async (tx) => {
      forgotten.push(...agents.map((agentId) => anAgent(tx, agentId)))
      throw refused
    })
    await expect(work).rejects.toBe(refused)
    await Promise.allSettled(forgotten)

    expect((await store.executions.list()).items).toEqual([])
    await store.transaction(async (tx) => {
      forgotten.push(...agents.map((agentId) => anAgent(tx, agentId)))
    })
    const outcomes = await Promise.allSettled(forgotten.slice(agents.length))
    const { items } = await store.executions.list()
    expect(items.map(({ agentId }) => agentId).sort()).toEqual(
      agents.filter((_, i) => outcomes[i]?.status === 'fulfilled').sort(),
    )
    expect(await store.verify()).toMatchObject({ differences: [] })
  })
})
