import { type Bundle, fold, type Nouns, parseBundle, sealed } from '@consensus-store/core'

/** One run as every backend must export it, character for character. */
export const goldenLine = String.raw`
{"run":{"id":"golden","specId":"SPEC-GOLD","stage":"validate","branch":"main","status":"concluded","expectedAgents":["gemini","claude"],"missingAgents":["claude"],"agreements":["yes"],"conflicts":[],"verdict":"degraded","labels":{"order":"kept","team":"alpha"},"pinned":true,"startedAt":"2025-12-31T23:59:58.997Z","concludedAt":"2025-12-31T23:59:59.060Z","seal":"sha256:5b89ddd7b99e74cc92de1a0879a8b4e65ad7d40c6dece9c934003695275c041a","lastSequence":10}
,"executions":[{"agentId":"g1","runId":"golden","specId":"SPEC-GOLD","stage":"validate","branch":"main","agentName":"gemini","phaseType":"regular-stage","modelVersion":"g-2","status":"completed","spawnedAt":"2025-12-31T23:59:59.004Z","startedAt":"2025-12-31T23:59:59.018Z","endedAt":"2025-12-31T23:59:59.025Z","responseBytes":23,"responseDigest":"69a2c4f5fd4ee50ddf030087d02ef78de7ecc67d2a57e9b0b4a1574badfceeb6","response":"word for word\r\n\u0000😀\ud800"}
,{"agentId":"g2","runId":"golden","specId":"SPEC-GOLD","stage":"validate","branch":"main","agentName":"claude","phaseType":"quality-gate","status":"failed","spawnedAt":"2025-12-31T23:59:59.011Z","endedAt":"2025-12-31T23:59:59.032Z","failure":{"reason":"extraction","message":"no JSON"},"responseBytes":0,"responseDigest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","response":""}]
,"artifacts":[{"id":"gold-art","runId":"golden","specId":"SPEC-GOLD","stage":"validate","branch":"main","agentName":"gemini","createdAt":"2025-12-31T23:59:59.039Z","contentBytes":25,"contentDigest":"82873883828e4c3c2325c8e85781a1b99f5fa28b22cd7767d115725d8a3f9bbc","metadataDigest":"fdec658573c94254feef3f4f0a48c1a0475595dc8bf51e6ae811647e997e2679","metadata":{"at":"2026-01-01T00:00:00.000Z"},"content":{"z":[-0,1e+21],"a":null}}]
,"syntheses":[{"id":"gold-syn","runId":"golden","specId":"SPEC-GOLD","stage":"validate","branch":"main","verdict":"degraded","agreements":["yes"],"conflicts":[],"outputPath":"out.md","createdAt":"2025-12-31T23:59:59.046Z","markdownBytes":7,"markdownDigest":"1ebdd29b7f7d646b74e51327723608d2d814b06d1e655d64735675609be4299c","metadataDigest":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","metadata":{},"markdown":"# Valid"}]
,"events":[{"sequence":1,"type":"run.started","at":"2025-12-31T23:59:58.997Z","data":{"specId":"SPEC-GOLD","stage":"validate","branch":"main","expectedAgents":["gemini","claude"],"labels":{"order":"kept","team":"alpha"}}}
,{"sequence":2,"type":"execution.spawned","at":"2025-12-31T23:59:59.004Z","data":{"agentId":"g1","agentName":"gemini","phaseType":"regular-stage","modelVersion":"g-2"}}
,{"sequence":3,"type":"execution.spawned","at":"2025-12-31T23:59:59.011Z","data":{"agentId":"g2","agentName":"claude","phaseType":"quality-gate"}}
,{"sequence":4,"type":"execution.started","at":"2025-12-31T23:59:59.018Z","data":{"agentId":"g1"}}
,{"sequence":5,"type":"execution.completed","at":"2025-12-31T23:59:59.025Z","data":{"agentId":"g1","response":{"bytes":23,"digest":"69a2c4f5fd4ee50ddf030087d02ef78de7ecc67d2a57e9b0b4a1574badfceeb6"}}}
,{"sequence":6,"type":"execution.failed","at":"2025-12-31T23:59:59.032Z","data":{"agentId":"g2","failure":{"reason":"extraction","message":"no JSON"},"response":{"bytes":0,"digest":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}}
,{"sequence":7,"type":"artifact.added","at":"2025-12-31T23:59:59.039Z","data":{"artifactId":"gold-art","agentName":"gemini","content":{"bytes":25,"digest":"82873883828e4c3c2325c8e85781a1b99f5fa28b22cd7767d115725d8a3f9bbc"},"metadata":{"bytes":33,"digest":"fdec658573c94254feef3f4f0a48c1a0475595dc8bf51e6ae811647e997e2679"}}}
,{"sequence":8,"type":"synthesis.added","at":"2025-12-31T23:59:59.046Z","data":{"synthesisId":"gold-syn","verdict":"degraded","agreements":["yes"],"conflicts":[],"outputPath":"out.md","markdown":{"bytes":7,"digest":"1ebdd29b7f7d646b74e51327723608d2d814b06d1e655d64735675609be4299c"},"metadata":{"bytes":2,"digest":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}}}
,{"sequence":9,"type":"run.pinned","at":"2025-12-31T23:59:59.053Z","data":{}}
,{"sequence":10,"type":"run.concluded","at":"2025-12-31T23:59:59.060Z","data":{"verdict":"degraded","missingAgents":["claude"],"agreements":["yes"],"conflicts":[],"seal":"sha256:5b89ddd7b99e74cc92de1a0879a8b4e65ad7d40c6dece9c934003695275c041a"}}]}
`.replaceAll('\n', '')

/** The same run as a bundle, or as it was at a sequence. No story starts it, so a store can record it. */
export const goldenBundle = ({ upTo = Number.POSITIVE_INFINITY } = {}): Bundle =>
  asItWas(parseBundle(goldenLine), upTo)

/** A concluded run as it was at a sequence. */
function asItWas(bundle: Bundle, upTo: number): Bundle {
  const events = bundle.events.slice(0, upTo)
  const { run, executions, artifacts, syntheses } = fold(bundle.run.id, events)
  return {
    run,
    executions: bundle.executions.flatMap(({ agentId, response }) => {
      const row = executions.get(agentId)
      return row ? [{ ...row, response: row.endedAt ? response : undefined }] : []
    }),
    artifacts: bundle.artifacts.flatMap(({ id, metadata, content }) => {
      const row = artifacts.get(id)
      return row ? [{ ...row, metadata, content }] : []
    }),
    syntheses: bundle.syntheses.flatMap(({ id, metadata, markdown }) => {
      const row = syntheses.get(id)
      return row ? [{ ...row, metadata, markdown }] : []
    }),
    events,
  }
}

/** The same run, begun a millisecond later. */
export function goldenBundleStartedLater(): Bundle {
  const { events, ...rows } = goldenBundle()
  const [started, ...others] = events
  const at = new Date(started!.at.getTime() + 1)
  return sealedAnew({ ...rows, events: [{ ...started!, at }, ...others] })
}

/** A run that differs from it by its ids alone, which begin with `id`, or as it was at a sequence. */
export function likeGoldenBundle(id: string, { upTo = Number.POSITIVE_INFINITY } = {}): Bundle {
  const renamed = { golden: id, g1: `${id} 1`, g2: `${id} 2`, 'gold-art': id, 'gold-syn': id }
  return asItWas(goldenBundleRenamed(renamed), upTo)
}

/** Records a run that has one of everything and may be archived and deleted; gives it as it then is. */
export async function aWholeRun({ runs }: Pick<Nouns, 'runs'>, id: string): Promise<Bundle> {
  await runs.record(likeGoldenBundle(id))
  await runs.unpin(id)
  return (await runs.bundle(id))!
}

export function goldenBundleRenamed(ids: Readonly<Record<string, string>>): Bundle {
  const line = Object.entries(ids).reduce(
    (text, [from, to]) => text.replaceAll(`"${from}"`, JSON.stringify(to)),
    goldenLine,
  )
  return sealedAnew(parseBundle(line))
}

/** A bundle whose log was changed, as if it had been so when it was sealed; its run's row is what that tells. */
export function sealedAnew({ run, events: log, ...rows }: Bundle): Bundle {
  const events = sealed(log)
  return { run: fold(run.id, events).run, ...rows, events }
}
