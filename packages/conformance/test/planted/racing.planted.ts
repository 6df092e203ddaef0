// Of many who try otherwise at once one wins, and the others are told so.
import type { Nouns } from '@consensus-store/core'
import { changed, hasCode, plant } from './plant.ts'

plant(
  'who looks before leaping is told that it won',
  'of completing an agent has one winner, however many try otherwise at once',
  'racing',
  (store) =>
    changed(store, ({ executions }) => ({
      executions: {
        async complete(agentId, completion) {
          const before = await executions.get(agentId)
          const open = before?.status === 'spawned' || before?.status === 'running'
          return executions.complete(agentId, completion).catch(async (error) => {
            if (open && hasCode(error, 'CONFLICT')) return (await executions.get(agentId))!
            throw error
          })
        },
      },
    })),
)

plant(
  'losers are told something else than CONFLICT',
  'of concluding a run has one winner, however many try otherwise at once',
  'racing',
  (store) => {
    let racing = 0
    return changed(store, ({ runs }) => ({
      runs: {
        async conclude(id, conclusion) {
          racing++
          try {
            return await runs.conclude(id, conclusion)
          } catch (error) {
            if (racing > 1) throw new Error('database is locked')
            throw error
          } finally {
            racing--
          }
        },
      },
    }))
  },
)

plant(
  'what many write at once is not all kept',
  'of adding an artifact has one winner, however many try otherwise at once',
  'racing',
  (store) => {
    let adding = 0
    return changed(store, ({ artifacts }) => ({
      artifacts: {
        async add(input) {
          adding++
          try {
            if (adding % 10 === 0) return { ...input, id: input.id ?? 'lost' } as never
            return await artifacts.add(input)
          } finally {
            await new Promise((resolve) => setImmediate(resolve))
            adding--
          }
        },
      },
    }))
  },
)

plant(
  'an agent can be spawned into a run that is just ending',
  'of spawning an agent has one winner, however many try otherwise at once',
  'racing',
  (store) =>
    changed(store, ({ executions, runs }: Nouns) => ({
      executions: {
        async spawn(input) {
          const run = await runs.get(input.runId)
          return executions.spawn(input).catch((error) => {
            if (run?.status === 'running' && hasCode(error, 'CONFLICT')) return { ...input } as never
            throw error
          })
        },
      },
    })),
)
