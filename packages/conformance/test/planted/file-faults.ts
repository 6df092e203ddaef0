import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { deserialize, serialize } from 'node:v8'
import { type ConsensusStore, type Env, StoreError } from '@consensus-store/core'
import { fileStore } from './file-store.ts'
import { fileMedium, type Medium } from './medium.ts'

/** Ways to break a store in a file, by what is wrong then; other processes find them here by the same name. */
export const fileFaults = {
  'nothing is wrong': (medium) => medium,

  'writes are acknowledged before they are written': (medium) => ({
    ...medium,
    async append(lines) {
      setTimeout(() => void medium.append(lines), 25)
    },
  }),

  'writes are kept back until there are many': (medium) => {
    const held: string[] = []
    return {
      ...medium,
      async append(lines) {
        held.push(...lines)
        if (held.length >= 5) await medium.append(held.splice(0))
      },
    }
  },

  'a transaction is written piece by piece': (medium) => ({
    ...medium,
    async append(lines) {
      const writes = lines.flatMap((line) => deserialize(Buffer.from(line, 'base64')) as unknown[])
      for (const write of writes) {
        await medium.append([serialize([write]).toString('base64')])
        // Long enough that most of a writer's time is spent between two pieces.
        if (writes.length > 1) await sleep(60)
      }
    },
  }),

  'each process gives the place an identity of its own': (medium) => {
    const identity = randomUUID()
    return { ...medium, identity: () => identity }
  },

  'every place has the same identity': (medium) => ({ ...medium, identity: () => 'the-file-store' }),

  'a place is identified by when it was opened last': (medium, path) => {
    writeFileSync(`${path}.opened`, randomUUID())
    return { ...medium, identity: () => readFileSync(`${path}.opened`, 'utf8') }
  },

  'who finds no identity makes one, others or not': (medium, path) => {
    let identity: string | undefined
    return {
      ...medium,
      identity() {
        if (identity) return identity
        if (existsSync(`${path}.made`)) identity = readFileSync(`${path}.made`, 'utf8')
        if (identity) return identity
        identity = randomUUID()
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)
        writeFileSync(`${path}.made`, identity)
        return identity
      },
    }
  },

  'writers do not wait for each other': (medium) => ({ ...medium, alone: (work) => work() }),

  'chores are each process’s own': (medium) => ({
    ...medium,
    news: async () =>
      (await medium.news()).filter((line) =>
        (deserialize(Buffer.from(line, 'base64')) as { readonly method: string }[]).every(
          ({ method }) => !method.startsWith('chores.'),
        ),
      ),
  }),

  'what others write is seen only on opening': (medium) => {
    let opened = false
    return {
      ...medium,
      async news() {
        if (opened) return []
        opened = true
        return medium.news()
      },
    }
  },

  'what other processes wrote is seen a moment later': (medium) => {
    let writing = false
    let looked = 0
    return {
      ...medium,
      async news() {
        if (!writing && performance.now() - looked < 10_000) return []
        looked = performance.now()
        return medium.news()
      },
      alone: (work) =>
        medium.alone(async () => {
          writing = true
          try {
            return await work()
          } finally {
            writing = false
          }
        }),
    }
  },

  'readers wait for writers': (medium) => {
    let writing = false
    return {
      ...medium,
      news: () => (writing ? medium.news() : medium.alone(medium.news)),
      alone: (work) =>
        medium.alone(async () => {
          writing = true
          try {
            return await work()
          } finally {
            writing = false
          }
        }),
    }
  },

  'a new place is made by each who finds none': (medium, path) => ({
    ...medium,
    async news() {
      if (!existsSync(`${path}.made`)) {
        await sleep(1)
        writeFileSync(path, '')
        writeFileSync(`${path}.made`, '')
      }
      return medium.news()
    },
  }),

  'who finds that another made a new place first fails': (medium, path) => ({
    ...medium,
    async news() {
      if (!existsSync(`${path}.made`)) {
        await sleep(1)
        writeFileSync(`${path}.made`, '', { flag: 'wx' })
      }
      return medium.news()
    },
  }),

  'a file whose writer was killed stays locked': (medium, path) => ({
    ...medium,
    async alone(work) {
      while (existsSync(`${path}.held`)) await sleep(2)
      writeFileSync(`${path}.held`, '')
      try {
        return await medium.alone(work)
      } finally {
        rmSync(`${path}.held`, { force: true })
      }
    },
  }),

  'a writer stops its process while it waits': (medium, path) => ({
    ...medium,
    async alone(work) {
      const deadline = Date.now() + 2_000
      while (existsSync(`${path}.lock`)) {
        if (Date.now() > deadline) throw new StoreError('BUSY', 'Others are writing')
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
      }
      return medium.alone(work)
    },
  }),
} satisfies Record<string, (medium: Medium, path: string) => Medium>

export type FileFault = keyof typeof fileFaults

export const faultyFileStore = (fault: FileFault, path: string, env?: Env): Promise<ConsensusStore> =>
  fileStore((fileFaults[fault] as (medium: Medium, path: string) => Medium)(fileMedium(path), path), env)
