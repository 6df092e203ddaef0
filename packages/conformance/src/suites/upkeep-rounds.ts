import { resolve } from 'node:path'
import { type ArchiveFolder, StoreError, type UpkeepChores, type UpkeepOptions } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { changesNothing } from '../contents.ts'
import { anOldRun } from '../old-runs.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'
import { temporaryFile } from '../temporary-file.ts'
import { FINDING_NOTHING_ELSE, lastOf, NEVER, old, working } from '../upkept.ts'
import type { UpkeepFunctions } from './upkeep.ts'

export function upkeepRounds(it: It, { round, start }: UpkeepFunctions): void {
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
}
