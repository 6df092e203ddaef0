import {
  type Artifact,
  type ArtifactFacts,
  type Artifacts,
  addArtifact,
  addsArtifactAnew,
  createdPosition,
  decodeJson,
  mustBeRunning,
  name,
  ownedQuery,
} from '@consensus-store/core'
import { type MemoryContext, matches, pageOf } from './context.ts'
import { append, artifactIn, artifactsIn, bodyIn, knownRun, type State } from './state.ts'

export function artifacts({ env, read, write }: MemoryContext): Artifacts {
  return {
    async add(input) {
      const draft = addArtifact(input, env)
      const { runId, at, added, content, metadata } = draft
      return write((state) => {
        if (addsArtifactAnew(artifactIn(state, added.artifactId), draft)) {
          mustBeRunning(knownRun(state, runId))
          append(state, runId, { type: 'artifact.added', at, data: added }, content, metadata)
        }
        return withMetadata(state, artifactIn(state, added.artifactId)!)
      })
    },

    async get(id) {
      const state = read()
      const artifact = artifactIn(state, name(id, 'id'))
      if (!artifact) return undefined
      return {
        ...withMetadata(state, artifact),
        content: decodeJson(bodyIn(state, artifact.runId, artifact.contentDigest)),
      }
    },

    async list(query) {
      const { page, ...filters } = ownedQuery('artifacts', query)
      const state = read()
      const wanted = artifactsIn(state).filter((artifact) => matches(artifact, filters))
      const { items, next } = pageOf(wanted, page, createdPosition)
      return { items: items.map((artifact) => withMetadata(state, artifact)), next }
    },
  }
}

const withMetadata = (state: State, artifact: ArtifactFacts): Artifact => ({
  ...artifact,
  metadata: decodeJson(bodyIn(state, artifact.runId, artifact.metadataDigest)),
})
