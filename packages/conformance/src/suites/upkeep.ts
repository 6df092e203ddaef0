import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type ArchiveFolder,
  asChore,
  type Chores,
  type ConsensusStore,
  type DoneChore,
  StoreError,
  startUpkeep,
  type UpkeepChores,
  type UpkeepOptions,
  upkeepRound,
} from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anOldRun, DAY_MS, type OldRun } from '../old-runs.ts'
import { startProcess } from '../processes/process.ts'
import { promptly } from '../promptly.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { temporaryFile } from '../temporary-file.ts'

const timeout = 60_000
const HOUR_MS = 3_600_000

/** What is held to it: core's own, unless a test plants others. */
export interface UpkeepFunctions {
  readonly round: typeof upkeepRound
  readonly start: typeof startUpkeep
}

export function upkeep(
  it: It,
  { round, start }: UpkeepFunctions = { round: upkeepRound, start: startUpkeep },
): void {
  describe('a round of upkeep', () => {
    it('does all there is to do, and keeps what came of it where health finds it', async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const file = temporaryFile()
      const policy = {
        deleteAfterDays: 365,
        overrides: [{ stage: 'audit', archiveAfterDays: 'never' }],
      } as const
      const all = { reclaim: {}, retention: { policy }, backup: { file } }
      const { heldBy, done } = await round(store, { ...all, env: clock })
      const at = clock.now()

      expect(heldBy).toBeUndefined()
      expect(done).toStrictEqual([
        {
          chore: 'backup',
          outcome: {
            startedAt: at,
            endedAt: at,
            ok: true,
            summary: expect.objectContaining({ file, runs: 1, digest: expect.stringMatching(/^sha256:/) }),
          },
        },
        {
          chore: 'retention',
          outcome: {
            startedAt: at,
            endedAt: at,
            ok: true,
            summary: expect.objectContaining({
              archived: 1,
              deleted: 0,
              failed: 0,
              policy: JSON.stringify(policy),
            }),
          },
        },
        {
          chore: 'reclaim',
          outcome: {
            startedAt: at,
            endedAt: at,
            ok: true,
            summary: {
              before: expect.any(Number),
              after: expect.any(Number),
              converted: false,
              unconverted: 0,
            },
          },
        },
      ])
      expect(await store.runs.get('old')).toMatchObject({ archivedAt: at })
      const { chores } = await store.health()
      expect(lastOf(chores)).toStrictEqual(
        lastOf(done.map(({ chore, outcome }) => ({ name: chore, last: outcome }))),
      )
      expect(chores.map(({ name, holder }) => [name, holder])).toEqual(
        ['backup', 'reclaim', 'retention', 'upkeep'].map((name) => [name, undefined]),
      )
    })

    it('does only what it is asked to', async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const { done } = await round(store, { reclaim: {}, env: clock })

      expect(done.map(({ chore }) => chore)).toEqual(['reclaim'])
      expect(await store.runs.get('old')).toMatchObject({ archivedAt: undefined })
    })

    it('knows its backup by where it was when it began', async ({ store, clock }) => {
      const files: string[] = []
      const stub = { ...store, backup: async (file: string) => Promise.reject(files.push(file)) }
      await round(stub, { backup: { file: 'relative' }, env: clock })

      expect(files).toEqual([resolve('relative')])
    })

    it('makes its backup before anything goes', async ({ store, clock }) => {
      await anOldRun(store, clock, { ...old, ended: 100 })
      const seen: (boolean | undefined)[] = []
      const watched = working(store, async () => {
        seen.push((await store.runs.get('old')) !== undefined)
      })
      await round(watched, { retention: {}, backup: { file: temporaryFile() }, env: clock })

      expect(seen).toEqual([true, true])
      expect(await store.runs.get('old')).toBeUndefined()
    })

    it('does nothing while somebody else is at it, and says who', async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      await store.chores.take('upkeep', 'somebody', HOUR_MS)
      await changesNothing(store, async () => {
        expect(await round(store, { retention: {}, env: clock })).toEqual({
          heldBy: 'somebody',
          heldUntil: new Date(clock.now().getTime() + HOUR_MS),
          done: [],
        })
      })
      clock.advance(HOUR_MS)

      expect((await round(store, { retention: {}, env: clock })).done).toHaveLength(1)
    })

    it('keeps failures as outcomes, does the rest all the same, and health says what to do', async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const file = `${temporaryFile()}/there is no such folder/backup`
      const { done } = await round(store, { retention: {}, reclaim: {}, backup: { file }, env: clock })

      expect(done.map(({ chore, outcome }) => [chore, outcome.ok])).toEqual([
        ['backup', false],
        ['retention', true],
        ['reclaim', true],
      ])
      expect(done[0]!.outcome.summary.message).toMatch(/\S/)
      const { ok, findings } = await store.health(FINDING_NOTHING_ELSE)
      expect(ok).toBe(true)
      expect(findings).toMatchObject([{ severity: 'warning', subject: 'backup' }])
      expect(findings[0]!.message).toContain(done[0]!.outcome.summary.message as string)
    })

    it('is a failure of retention when a run could not be taken, and health finds it', async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      await anOldRun(store, clock, { ...old, id: 'refused' })
      const folder: ArchiveFolder = {
        async keep({ runId }) {
          if (runId === 'refused') throw new StoreError('CONFLICT', 'Something else has that name')
        },
      }
      const { done } = await round(store, { retention: { folder }, env: clock })

      expect(done).toMatchObject([
        { outcome: { ok: false, summary: { archived: 1, failed: 1, policy: '{}' } } },
      ])
      expect(done[0]!.outcome.summary.message).toMatch(/refused.*CONFLICT.*Something else/)
      const { findings } = await store.health({ ...FINDING_NOTHING_ELSE, policy: NEVER })
      expect(findings).toMatchObject([{ severity: 'warning', subject: 'upkeep' }])
    })

    it('keeps the policy that retention went by also when it failed', async ({ store, clock }) => {
      const broken = working(store, async () => {
        throw new Error('The disk is full')
      })
      const { done } = await round(broken, { retention: { policy: NEVER }, env: clock })

      expect(done[0]!.outcome).toMatchObject({
        ok: false,
        summary: { message: 'The disk is full', policy: JSON.stringify(NEVER) },
      })
      expect(lastOf(await store.chores.list()).retention).toStrictEqual(done[0]!.outcome)
    })

    it('waits for its turn as long as it is told to', async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      await store.chores.take('upkeep', 'somebody', HOUR_MS)
      let looks = 0
      const chores: Chores = {
        ...store.chores,
        async take(chore, ...lease) {
          // Nobody waits but who looks again.
          if (chore === 'upkeep' && ++looks === 2) clock.advance(HOUR_MS)
          return store.chores.take(chore, ...lease)
        },
      }
      const asked = round({ ...store, chores }, { retention: {}, waitMs: 60_000, env: clock })

      expect(await promptly(asked, 'a turn')).toMatchObject({ heldBy: undefined, done: [{}] })
    })

    it('waits for who does one of its chores alone, and leaves it out when that is too long', async ({
      store,
      clock,
    }) => {
      await store.chores.take('retention', 'somebody', HOUR_MS)
      const asked = round(store, { retention: {}, reclaim: {}, waitMs: 1, env: clock })
      expect((await asked).done.map(({ chore }) => chore)).toEqual(['reclaim'])
      clock.advance(HOUR_MS)

      expect((await round(store, { retention: {}, waitMs: 1, env: clock })).done).toHaveLength(1)
    })

    it('is never done by two at once', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const meanwhile = together()
      const rounds = await Promise.all(
        Array.from({ length: 8 }, () =>
          round(working(store, meanwhile.work), { retention: {}, reclaim: {}, env: clock }),
        ),
      )

      expect(meanwhile.most()).toBe(1)
      expect(rounds.some(({ done }) => done.length === 2)).toBe(true)
    })

    it('that is interrupted rejects with the reason, keeps no outcome and lets others in', async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const interruption = new AbortController()
      const interrupted = working(store, async (signal) => {
        interruption.abort('enough')
        signal?.throwIfAborted()
      })
      const asked = round(interrupted, {
        retention: {},
        reclaim: {},
        signal: interruption.signal,
        env: clock,
      })

      await expect(asked).rejects.toBe('enough')
      clock.advance(1)
      expect(lastOf(await store.chores.list())).toEqual({ retention: undefined, upkeep: undefined })
      expect((await round(store, { retention: {}, env: clock })).done).toMatchObject([
        { outcome: { ok: true } },
      ])
    })

    it('is interrupted when it was thought gone and somebody followed', { timeout }, async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const slow = working(store, async (signal) => {
        clock.advance(HOUR_MS)
        expect(await store.chores.take('upkeep', 'follower', HOUR_MS)).toBe(true)
        await aborted(signal)
        signal?.throwIfAborted()
      })

      await refusal('BUSY', promptly(round(slow, { retention: {}, leaseMs: 100, env: clock }), 'the round'))
      expect((await store.chores.list()).find(({ name }) => name === 'upkeep')).toMatchObject({
        holder: 'follower',
      })
      expect(lastOf(await store.chores.list()).retention).toBeUndefined()
    })

    it('is interrupted when it cannot say that it is still at it, and somebody followed', {
      timeout,
    }, async ({ store, clock }) => {
      let taken = 0
      const stuck = Promise.withResolvers<never>()
      const chores: Chores = {
        ...store.chores,
        // A connection that hangs: it neither answers nor fails.
        take: (...lease) => (++taken > 3 ? stuck.promise : store.chores.take(...lease)),
      }
      const slow = working({ ...store, chores }, async (signal) => {
        clock.advance(HOUR_MS)
        expect(await store.chores.take('upkeep', 'follower', HOUR_MS)).toBe(true)
        await aborted(signal)
        stuck.reject(new StoreError('UNAVAILABLE', 'The connection was closed'))
        signal?.throwIfAborted()
      })

      await expect(
        promptly(round(slow, { retention: {}, leaseMs: 100, env: clock }), 'the round'),
      ).rejects.toMatchObject({ retryable: true })
      expect((await store.chores.list()).find(({ name }) => name === 'upkeep')).toMatchObject({
        holder: 'follower',
      })
    })

    it('is done, however late it is, when nobody followed', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const { promise: free, resolve } = Promise.withResolvers<void>()
      let looks = 0
      let atWork = false
      const chores: Chores = {
        ...store.chores,
        // As while a file is written anew: nobody writes, and who reads finds that nobody followed.
        async take(...lease) {
          if (atWork) await free
          return store.chores.take(...lease)
        },
        async list() {
          looks += 1
          return store.chores.list()
        },
      }
      const late = working({ ...store, chores }, async (signal) => {
        atWork = true
        clock.advance(HOUR_MS)
        while (looks < 3) await sleep(5)
        signal?.throwIfAborted()
        resolve()
      })
      const { done } = await promptly(round(late, { retention: {}, leaseMs: 100, env: clock }), 'the round')

      expect(done).toMatchObject([{ chore: 'retention', outcome: { ok: true } }])
      expect(lastOf(await store.chores.list()).retention).toMatchObject({ ok: true })
    })

    it('rejects when somebody followed, so that what came of it is not kept', async ({ store, clock }) => {
      const followed = working(store, async () => {
        clock.advance(HOUR_MS)
        await store.chores.take('retention', 'follower', HOUR_MS)
      })

      await refusal('BUSY', round(followed, { retention: {}, env: clock }))
    })

    it('says again and again that it is still at it', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const slow = working(store, async () => {
        const heldUntil = async () =>
          (await store.chores.list()).map((chore) => chore.heldUntil?.getTime() ?? 0)
        const before = await heldUntil()
        clock.advance(1)
        while ((await heldUntil()).some((until, i) => until <= before[i]!)) await sleep(5)
      })

      const rounding = round(slow, { retention: {}, leaseMs: 100, env: clock })
      expect((await promptly(rounding, 'the round')).done).toHaveLength(1)
    })

    it('is followed when the process that did it was killed', { timeout }, async ({ sharedPlace }) => {
      await using keeper = await startProcess(sharedPlace, 'keep well', { leaseMs: 5_000 })
      await using store = await sharedPlace.open()
      await keeper.open()
      keeper.start()
      await keeper.reported(1)
      const { heldBy, done } = await round(store, { reclaim: {} })
      expect({ heldBy, done }).toEqual({ heldBy: expect.stringMatching(/\S/), done: [] })
      await keeper.kill()
      const following = async () => {
        while (true) {
          const { done } = await round(store, { reclaim: {} })
          if (done.length > 0) return done
          await sleep(50)
        }
      }

      expect(await promptly(following(), 'following', 40_000)).toMatchObject([{ chore: 'reclaim' }])
    })

    it('is refused by name when it is asked for wrongly', async ({ store, clock }) => {
      const wrong: Readonly<Record<string, object>> = {
        policy: { retention: { policy: 7 } },
        deleteAfterDays: { retention: { policy: { archiveAfterDays: 9, deleteAfterDays: 3 } } },
        'backup.file': { backup: { file: '' } },
        'backup.keep': { backup: { file: temporaryFile(), keep: 0 } },
        'reclaim.convert': { reclaim: { convert: 'perhaps' } },
        'retention.everyMs': { retention: { everyMs: 0 } },
        leaseMs: { leaseMs: 1 },
        signal: { signal: new AbortController() },
        waitMs: { waitMs: -1 },
        'options.policy': { policy: NEVER },
        'options.archiveAfterDays': NEVER,
        'options.retain': { retain: {} },
        'backup.path': { backup: { file: temporaryFile(), path: 'x' } },
        keep: { backup: { file: temporaryFile(), keep: 5_000 } },
        'retention.archiveAfterDays': { retention: NEVER },
        'retention.keepLatest': { retention: { policy: NEVER, keepLatest: 3 } },
        folder: { retention: { folder: '/srv/archives' } },
        'reclaim.policy': { reclaim: { policy: NEVER } },
        backup: { backup: null },
        reclaim: { reclaim: true },
      }
      await changesNothing(store, async () => {
        for (const [argument, options] of Object.entries(wrong)) {
          const { message } = await refusal(
            'INVALID',
            round(store, { ...options, env: clock } as UpkeepChores),
          )
          expect(message).toContain(argument)
          expect(() => start(store, { ...options, env: clock } as UpkeepOptions), argument).toThrow(argument)
        }
      })
    })
  })

  describe('what is done as a chore', () => {
    const of = (done: { readonly chore: string }) => ({ ok: true, summary: { of: done.chore } })

    it('is kept like upkeep’s own, with what it says of itself', async ({ store, clock }) => {
      const options = { result: of, facts: { tool: 'mine' }, env: clock }
      const done = await asChore(store, 'backup', async () => ({ chore: 'backup' }), options)

      expect(done).toEqual({ chore: 'backup' })
      const at = clock.now()
      expect(await store.chores.list()).toStrictEqual([
        {
          name: 'backup',
          holder: undefined,
          heldUntil: undefined,
          last: { startedAt: at, endedAt: at, ok: true, summary: { tool: 'mine', of: 'backup' } },
        },
      ])
    })

    it('that fails is a failure that health finds, until it is done', async ({ store, clock }) => {
      const failing = asChore(store, 'backup', () => Promise.reject(thrown), { facts: { a: 1 }, env: clock })
      await expect(failing).rejects.toBe(thrown)
      expect(lastOf(await store.chores.list()).backup).toMatchObject({
        ok: false,
        summary: { a: 1, message: 'thrown' },
      })
      expect((await store.health(FINDING_NOTHING_ELSE)).findings).toMatchObject([{ subject: 'backup' }])
      await asChore(store, 'backup', async () => {}, { env: clock })

      expect((await store.health(FINDING_NOTHING_ELSE)).findings).toEqual([])
    })

    it('is its own meanwhile, so that upkeep leaves it out', async ({ store, clock }) => {
      const seen = await asChore(
        store,
        'retention',
        () => round(store, { retention: {}, reclaim: {}, env: clock }),
        { env: clock },
      )

      expect(seen.done.map(({ chore }) => chore)).toEqual(['reclaim'])
    })

    it('is done while somebody else is at it, and then keeps nothing', async ({ store, clock }) => {
      await store.chores.take('backup', 'somebody', HOUR_MS)
      expect(await asChore(store, 'backup', async () => 7, { env: clock })).toBe(7)
      expect(await store.chores.list()).toMatchObject([{ holder: 'somebody', last: undefined }])
    })

    it('is kept when whoever else was at it is done by then', async ({ store, clock }) => {
      await store.chores.take('backup', 'somebody', HOUR_MS)
      await asChore(store, 'backup', async () => clock.advance(HOUR_MS), { env: clock })

      expect(await store.chores.list()).toMatchObject([{ holder: undefined, last: { ok: true } }])
    })

    it('that is interrupted keeps no outcome and lets others in', async ({ store, clock }) => {
      const interruption = new AbortController()
      const interrupted = asChore(
        store,
        'backup',
        async () => {
          interruption.abort(thrown)
          throw thrown
        },
        { signal: interruption.signal, env: clock },
      )
      await expect(interrupted).rejects.toBe(thrown)
      clock.advance(1)

      expect(await store.chores.list()).toMatchObject([{ last: undefined }])
      expect(await store.chores.take('backup', 'another', HOUR_MS)).toBe(true)
    })

    it('is refused by name when it is asked for wrongly, and nothing is done', async ({ store }) => {
      let done = 0
      const work = async () => {
        done += 1
      }
      const wrong: Readonly<Record<string, readonly [string, unknown, object?]>> = {
        chore: ['upkeep', work],
        work: ['backup', 'backup'],
        'options.summary': ['backup', work, { summary: {} }],
        result: ['backup', work, { result: { ok: true } }],
        leaseMs: ['backup', work, { leaseMs: 0 }],
      }
      await changesNothing(store, async () => {
        for (const [argument, args] of Object.entries(wrong)) {
          const { message } = await refusal('INVALID', asChore(store, ...(args as ['backup', typeof work])))
          expect(message).toContain(argument)
        }
      })

      expect(done).toBe(0)
    })

    it('says when what it tells of itself is nothing that can be kept', async ({ store }) => {
      const result = () => ({ ok: true, summary: { file: undefined as never } })

      await refusal(
        'INVALID',
        asChore(store, 'backup', async () => 7, { result }),
      )
    })

    it('is done when the store can keep nothing, and says so', async ({ store, clock }) => {
      const full = async () => {
        throw new StoreError('FULL', 'There is no room')
      }
      const errors: unknown[] = []
      const done = await asChore(
        { chores: { take: full, finish: full, list: full } },
        'backup',
        () => store.events.position(),
        { env: clock, onError: (error) => errors.push(error) },
      )

      expect(done).toBe(0)
      expect(errors).toMatchObject([{ code: 'FULL' }, { code: 'FULL' }])
    })
  })

  describe('upkeep that was started', () => {
    /** Looks all the time: what is due is told by the store's clock alone. */
    const eagerly = (store: ConsensusStore, options: UpkeepOptions) =>
      start(store, { lookEveryMs: 10, leaseMs: 1_000, ...options })

    it('does each chore when it is due, and not before', { timeout }, async ({ store, clock }) => {
      await anOldRun(store, clock, old)
      const counted = counting()
      const chores = { retention: { everyMs: 50 }, reclaim: { everyMs: 200 } }
      await using _upkeep = eagerly(store, { ...chores, env: clock, onRound: counted.onRound })
      await counted.until({ retention: 1, reclaim: 1 })
      clock.advance(49)
      await sleep(300)
      expect(counted.seen()).toEqual({ retention: 1, reclaim: 1 })
      clock.advance(1)
      await counted.until({ retention: 2 })
      clock.advance(150)
      await counted.until({ retention: 3, reclaim: 2 })

      expect(counted.seen()).toEqual({ retention: 3, reclaim: 2 })
    })

    it('tries again what failed before it would be due', { timeout }, async ({ store, clock }) => {
      const broken = working(store, async () => {
        throw new Error('The disk is full')
      })
      const counted = counting()
      const chores = { reclaim: { everyMs: DAY_MS } }
      await using _upkeep = eagerly(broken, { ...chores, env: clock, onRound: counted.onRound })
      await counted.until({ reclaim: 1 })
      clock.advance(HOUR_MS)
      await counted.until({ reclaim: 2 })

      expect(lastOf(await store.chores.list()).reclaim).toMatchObject({
        ok: false,
        summary: { message: 'The disk is full' },
      })
    })

    it('stops when nothing is under way any more, and begins nothing more', { timeout }, async ({
      store,
      clock,
    }) => {
      await anOldRun(store, clock, old)
      const meanwhile = together()
      const { promise: working1, resolve: atWork } = Promise.withResolvers<void>()
      const slow = working(store, async (signal) => {
        atWork()
        await meanwhile.work()
        await aborted(signal)
        await sleep(100)
        ended += 1
        signal?.throwIfAborted()
      })
      let ended = 0
      const upkept = eagerly(slow, { retention: { everyMs: 20 }, env: clock })
      await promptly(working1, 'the beginning')
      await promptly(upkept.stop(), 'stopping')
      expect(ended).toBe(1)
      clock.advance(DAY_MS)
      await sleep(200)

      expect(ended).toBe(1)
      expect(lastOf(await store.chores.list()).retention).toBeUndefined()
      await upkept.stop()
    })

    it('ends by itself when the store is closed', { timeout }, async ({ openStore, clock }) => {
      const store = await openStore()
      const errors: unknown[] = []
      const counted = counting()
      await using _upkeep = eagerly(store, {
        reclaim: { everyMs: 20 },
        env: clock,
        onRound: counted.onRound,
        onError: (error) => errors.push(error),
      })
      await counted.until({ reclaim: 1 })
      await store.close()
      await sleep(200)

      expect(errors).toEqual([])
    })

    it('goes on when the store could not be asked, and says so', { timeout }, async ({ store, clock }) => {
      let failures = 3
      const chores = {
        ...store.chores,
        async list() {
          if (failures-- > 0) throw new Error('nobody there')
          return store.chores.list()
        },
      }
      const errors: unknown[] = []
      const counted = counting()
      await using _upkeep = eagerly(
        { ...store, chores },
        {
          reclaim: { everyMs: 20 },
          env: clock,
          onRound: counted.onRound,
          onError: (error) => errors.push(error),
        },
      )
      await counted.until({ reclaim: 1 })

      expect(errors).toHaveLength(3)
    })

    it('goes on whatever the functions throw that it was given, now or later', { timeout }, async ({
      store,
      clock,
    }) => {
      let failures = 4
      const chores: Chores = {
        ...store.chores,
        async list() {
          if (failures-- > 0) throw new Error('nobody there')
          return store.chores.list()
        },
      }
      const counted = counting()
      const errors: unknown[] = []
      await using _upkeep = eagerly(
        { ...store, chores },
        {
          reclaim: { everyMs: 20 },
          env: clock,
          onRound(round) {
            counted.onRound(round)
            if (counted.seen().reclaim! % 2 === 0) return Promise.reject(thrown)
            throw thrown
          },
          onError(error) {
            errors.push(error)
            if (errors.length % 2 === 0) return Promise.reject(thrown)
            throw thrown
          },
          random() {
            throw thrown
          },
        },
      )
      for (let times = 1; times <= 4; times++) {
        await counted.until({ reclaim: times })
        clock.advance(20)
      }

      expect(errors).toContain(thrown)
    })

    it.for([
      [1, 'before'],
      [0, 'behind'],
      [Number.NaN, 'behind'],
      [-5, 'behind'],
      [7, 'behind'],
    ] as const)(
      'looks the sooner the more of the pause is drawn: %d is %s three quarters of it',
      {
        timeout,
      },
      async ([drawn, place], { store, clock }) => {
        const order: string[] = []
        const { promise: looked, resolve } = Promise.withResolvers<void>()
        const chores: Chores = {
          ...store.chores,
          async list() {
            order.push('look')
            resolve()
            return store.chores.list()
          },
        }
        // Timers go off in the order of their times, however late that is.
        await using _upkeep = start(
          { ...store, chores },
          { reclaim: {}, lookEveryMs: 800, random: () => drawn, env: clock },
        )
        const threeQuarters = sleep(600).then(() => order.push('three quarters'))
        await promptly(Promise.all([looked, threeQuarters]), 'a look')

        expect(order[0]).toBe(place === 'before' ? 'look' : 'three quarters')
      },
    )

    it('in many places is done in one of them at a time, once each time it is due', { timeout }, async ({
      sharedPlace,
      clock,
    }) => {
      const stores = await Promise.all(Array.from({ length: 4 }, () => sharedPlace.open({ env: clock })))
      const meanwhile = together()
      const counted = counting()
      const upkeeps = stores.map((store) =>
        eagerly(working(store, meanwhile.work), {
          reclaim: { everyMs: 50 },
          env: clock,
          onRound: counted.onRound,
        }),
      )
      for (let times = 1; times <= 5; times++) {
        await counted.until({ reclaim: times })
        await sleep(150)
        expect(counted.seen()).toEqual({ reclaim: times })
        clock.advance(50)
      }
      await Promise.all(upkeeps.map((each) => each.stop()))
      await Promise.all(stores.map((store) => store.close()))

      expect(meanwhile.most()).toBe(1)
    })
  })
}

const thrown = new Error('thrown')

const NEVER = { archiveAfterDays: 'never', deleteAfterDays: 'never' } as const

/** Whatever else the machine is doing, and however full its disk is. */
const FINDING_NOTHING_ELSE = { latencyMs: 60_000, roomBytes: 0 }

const old: OldRun = { id: 'old', specId: 'S', stage: 'plan', ended: 40 }

/** The store, of which each chore begins with `before`. */
const working = (
  store: ConsensusStore,
  before: (signal: AbortSignal | undefined) => Promise<unknown>,
): ConsensusStore => ({
  ...store,
  retention: {
    ...store.retention,
    async apply(policy, options) {
      await before(options?.signal)
      return store.retention.apply(policy, options)
    },
  },
  async reclaim(options) {
    await before(options?.signal)
    return store.reclaim(options)
  },
  async backup(file, options) {
    await before(options?.signal)
    return store.backup(file, options)
  },
})

/** Work that takes a moment, and how many were at it at once. */
function together() {
  let now = 0
  let most = 0
  return {
    most: () => most,
    async work() {
      now += 1
      most = Math.max(most, now)
      await sleep(20)
      now -= 1
    },
  }
}

/** How often each chore was done. */
function counting() {
  const done: DoneChore[] = []
  const seen = () => {
    const counts: Record<string, number> = {}
    for (const { chore } of done) counts[chore] = (counts[chore] ?? 0) + 1
    return counts
  }
  return {
    seen,
    onRound: (round: { readonly done: readonly DoneChore[] }) => void done.push(...round.done),
    async until(counts: Readonly<Record<string, number>>) {
      const enough = async () => {
        while (Object.entries(counts).some(([chore, count]) => (seen()[chore] ?? 0) < count)) await sleep(5)
      }
      await promptly(enough(), `upkeep that was to be done ${JSON.stringify(counts)}`)
    },
  }
}

const lastOf = (
  chores: readonly { readonly name: string; readonly last: DoneChore['outcome'] | undefined }[],
) =>
  Object.fromEntries(
    chores.filter(({ name, last }) => name !== 'upkeep' || !last).map(({ name, last }) => [name, last]),
  )

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    else signal?.addEventListener('abort', () => resolve(), { once: true })
  })
