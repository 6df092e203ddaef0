import { MAX_BODY_BYTES, MAX_NAME_LENGTH, MAX_TEXT_LENGTH, type Nouns } from '@consensus-store/core'
import { describe, expect } from 'vitest'
import { anAgent, anArtifact, aRun, aSynthesis } from '../fixtures.ts'
import { refusal } from '../refusal.ts'
import type { It } from '../store-test.ts'

/** Puts a text somewhere in a store and gives back what is read there. */
type Keep = (store: Nouns, text: string) => Promise<unknown>

const strange: Readonly<Record<string, string>> = {
  'no characters': '',
  'U+0000': '\u0000',
  'U+0000 in the midst': 'before\u0000after',
  'half a surrogate pair, the first': 'a\ud83d',
  'half a surrogate pair, the second': '\ude00a',
  'a surrogate pair the wrong way round': '\ude00\ud83d',
  'characters above U+FFFF': '\u{1F600}\u{10FFFF}',
  'what half a surrogate pair is often replaced with': '\ufffd',
  'a byte order mark': '\ufeffbegins',
  'all kinds of line ends': 'a\r\nb\rc\nd\u0085e\u2028f\u2029\r\n',
  'white space at the ends': ' \t\n ',
  'characters that have two forms': 'é e\u0301 ﬁ Å',
  'non-characters': '\ufffe\uffff',
  'what looks like an escape': '\\u0000 \\x00 %00 &amp; $1 ? :name',
  'what looks like SQL': "'; drop table run; --",
  'what looks like JSON': '{"a":1}',
  'what looks like a number': '007',
  'what looks like null': 'null',
  'every unit a string can hold': Array.from({ length: 0x1_0000 }, (_, i) => String.fromCharCode(i)).join(''),
}

const bodies: Readonly<Record<string, Keep>> = {
  'a response': async (store, response) => {
    const { agentId } = await anAgent(store, { runId: (await aRun(store)).id })
    await store.executions.complete(agentId, { response })
    return store.executions.response(agentId)
  },
  'the response of a failure': async (store, response) => {
    const { agentId } = await anAgent(store, { runId: (await aRun(store)).id })
    await store.executions.fail(agentId, { reason: 'extraction', message: '', response })
    return store.executions.response(agentId)
  },
  'a markdown': async (store, markdown) => {
    const { id } = await aSynthesis(store, { runId: (await aRun(store)).id, markdown })
    return (await store.syntheses.get(id))?.markdown
  },
  'the content of an artifact': async (store, content) => {
    const { id } = await anArtifact(store, { runId: (await aRun(store)).id, content })
    return (await store.artifacts.get(id))?.content
  },
}

const prose: Readonly<Record<string, Keep>> = {
  'a member of a content, and its key': async (store, text) => {
    const { id } = await anArtifact(store, { runId: (await aRun(store)).id, content: { [text]: [text] } })
    const content = (await store.artifacts.get(id))?.content as Record<string, string[]>
    expect(Object.keys(content)).toEqual([text])
    return content[text]?.[0]
  },
  'the metadata of an artifact': async (store, metadata) => {
    const { id: runId } = await aRun(store)
    await anArtifact(store, { runId, metadata })
    return (await store.artifacts.list({ runId })).items[0]?.metadata
  },
  'the metadata of a synthesis': async (store, metadata) => {
    const { id: runId } = await aRun(store)
    await aSynthesis(store, { runId, metadata: [metadata] })
    const [synthesis] = (await store.syntheses.list({ runId })).items
    return (synthesis!.metadata as string[])[0]
  },
  'the message of a failure': async (store, message) => {
    const { agentId } = await anAgent(store, { runId: (await aRun(store)).id })
    await store.executions.fail(agentId, { reason: 'error', message })
    return (await store.executions.get(agentId))?.failure?.message
  },
  'what a run agreed on': async (store, text) => {
    const { id } = await aRun(store)
    await store.runs.conclude(id, { verdict: 'failed', agreements: ['', text], conflicts: [text] })
    const run = await store.runs.get(id)
    expect(run?.conflicts).toEqual([text])
    return run?.agreements[1]
  },
  'what a synthesis agreed on': async (store, text) => {
    const { id } = await aSynthesis(store, {
      runId: (await aRun(store)).id,
      agreements: [text],
      conflicts: ['', text],
    })
    const synthesis = await store.syntheses.get(id)
    expect(synthesis?.agreements).toEqual([text])
    return synthesis?.conflicts[1]
  },
  'a label': async (store, team) => {
    const { id } = await aRun(store, { labels: { team } })
    return (await store.runs.get(id))?.labels.team
  },
}

export function text(it: It): void {
  describe('text', () => {
    for (const [place, keep] of Object.entries({ ...bodies, ...prose })) {
      for (const [kind, value] of Object.entries(strange)) {
        it(`comes back exactly from ${place}: ${kind}`, async ({ store }) => {
          // Not `toBe`: when sixty-five thousand strange characters differ, a diff of them helps nobody.
          expect((await keep(store, value)) === value).toBe(true)
        })
      }
    }

    for (const [place, keep] of Object.entries(bodies)) {
      it(`of 16 MiB comes back exactly from ${place}`, { timeout: 60_000 }, async ({ store }) => {
        for (const value of ['x'.repeat(MAX_BODY_BYTES), '☂'.repeat(Math.floor(MAX_BODY_BYTES / 3))]) {
          expect((await keep(store, value)) === value).toBe(true)
        }
      })

      it(`of a byte more than 16 MiB is refused for ${place}`, { timeout: 60_000 }, async ({ store }) => {
        await refusal('INVALID', keep(store, 'x'.repeat(MAX_BODY_BYTES + 1)))
        await refusal('INVALID', keep(store, '☂'.repeat(Math.ceil(MAX_BODY_BYTES / 3))))
      })
    }

    for (const [place, keep] of Object.entries(prose)) {
      it(`as long as prose may be comes back exactly from ${place}`, async ({ store }) => {
        const value = '\u{1F600}'.repeat(MAX_TEXT_LENGTH / 2)
        expect((await keep(store, value)) === value).toBe(true)
      })
    }

    it('of any characters but control characters may be a name, and comes back exactly', async ({
      store,
    }) => {
      for (const name of [
        ' ',
        "' or 1=1 --",
        'naïve ☂ \u{1F600}',
        'e\u0301',
        'null',
        '0',
        '__proto__',
        'constructor',
        '\ufffd\ufffe\uffff',
        'x'.repeat(MAX_NAME_LENGTH),
        '☂'.repeat(MAX_NAME_LENGTH),
        '\u{1F600}'.repeat((MAX_NAME_LENGTH - 1) / 2),
      ]) {
        await store.runs.start({
          id: name,
          specId: name,
          stage: name,
          branch: name,
          expectedAgents: [name],
          labels: Object.fromEntries([[name, 'label']]),
        })
        await store.executions.spawn({
          agentId: name,
          runId: name,
          agentName: name,
          phaseType: 'quality-gate',
          modelVersion: name,
        })
        await store.executions.fail(name, { reason: name, message: '' })
        await store.syntheses.add({
          id: name,
          runId: name,
          verdict: 'failed',
          markdown: '',
          outputPath: name,
        })
        await store.runs.conclude(name, { verdict: 'failed', missingAgents: [name] })

        const facts = { specId: name, stage: name, branch: name }
        const run = await store.runs.get(name)
        expect(run).toMatchObject({ id: name, ...facts, expectedAgents: [name], missingAgents: [name] })
        expect(Object.entries(run!.labels)).toEqual([[name, 'label']])
        expect(await store.runs.latest({ specId: name, stage: name })).toStrictEqual(run)
        expect((await store.executions.list({ runId: name })).items).toMatchObject([
          { agentId: name, ...facts, agentName: name, modelVersion: name, failure: { reason: name } },
        ])
        expect(await store.routes.find(name)).toMatchObject({ agentId: name, runId: name, ...facts })
        expect(await store.syntheses.get(name)).toMatchObject({ id: name, outputPath: name })
        expect(await store.events.read(name)).toHaveLength(5)
      }
      expect((await store.verify()).differences).toEqual([])
    })
  })
}
