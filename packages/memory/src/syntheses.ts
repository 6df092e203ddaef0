import {
  addSynthesis,
  addsSynthesisAnew,
  createdPosition,
  decodeJson,
  mustBeRunning,
  name,
  newestFirst,
  ownedQuery,
  type Syntheses,
  type Synthesis,
  type SynthesisFacts,
  type SynthesisWithMarkdown,
  stageQuery,
} from '@consensus-store/core'
import { type MemoryContext, matches, pageOf } from './context.ts'
import { append, bodyIn, knownRun, type State, synthesesIn, synthesisIn } from './state.ts'

export function syntheses({ env, read, write }: MemoryContext): Syntheses {
  return {
    async add(input) {
      const draft = addSynthesis(input, env)
      const { runId, at, added, markdown, metadata } = draft
      return write((state) => {
        if (addsSynthesisAnew(synthesisIn(state, added.synthesisId), draft)) {
          mustBeRunning(knownRun(state, runId))
          append(state, runId, { type: 'synthesis.added', at, data: added }, markdown, metadata)
        }
        return withMetadata(state, synthesisIn(state, added.synthesisId)!)
      })
    },

    async get(id) {
      const state = read()
      const synthesis = synthesisIn(state, name(id, 'id'))
      return synthesis && withMarkdown(state, synthesis)
    },

    async latest(query) {
      const state = read()
      const stage = stageQuery(query)
      const [newest] = synthesesIn(state)
        .filter((synthesis) => matches(synthesis, stage))
        .sort((a, b) => newestFirst(createdPosition(a), createdPosition(b)))
      return newest && withMarkdown(state, newest)
    },

    async list(query) {
      const { page, ...filters } = ownedQuery('syntheses', query)
      const state = read()
      const wanted = synthesesIn(state).filter((synthesis) => matches(synthesis, filters))
      const { items, next } = pageOf(wanted, page, createdPosition)
      return { items: items.map((synthesis) => withMetadata(state, synthesis)), next }
    },
  }
}

const withMetadata = (state: State, synthesis: SynthesisFacts): Synthesis => ({
  ...synthesis,
  metadata: decodeJson(bodyIn(state, synthesis.runId, synthesis.metadataDigest)),
})

const withMarkdown = (state: State, synthesis: SynthesisFacts): SynthesisWithMarkdown => ({
  ...withMetadata(state, synthesis),
  markdown: bodyIn(state, synthesis.runId, synthesis.markdownDigest),
})
