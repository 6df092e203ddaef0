import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { PHASE_TYPES, type Route } from '@consensus-store/core'

/**
 * What a key holds: a route with a checksum over its facts, seeded with the store's identity,
 *
 *     2n9c1z["a1","gemini","regular-stage","plan","SPEC-1","r1","main"]
 *
 * or a lease, by which one reader has the right to put it there.
 */
export const encodeEntry = (route: Route, identity: string): string => {
  const { agentId, agentName, phaseType, stage, specId, runId, branch = null } = route
  const facts = JSON.stringify([agentId, agentName, phaseType, stage, specId, runId, branch])
  return checksum(facts, identity) + facts
}

/** The route of just this agent in just this store, or `undefined` if that is not what the text says, to the letter. */
export function decodeEntry(text: string, agentId: string, identity: string): Route | undefined {
  const start = text.indexOf('[')
  if (start < 1 || start > 7) return undefined
  const facts = text.slice(start)
  if (checksum(facts, identity) !== text.slice(0, start)) return undefined
  const route = routeOf(parsed(facts))
  return route?.agentId === agentId ? route : undefined
}

const LEASE = 'lease:'

/** A lease nobody else can have made. */
export const newLease = (): string => LEASE + randomBytes(12).toString('base64url')

export const isLease = (text: string): boolean => text.startsWith(LEASE)

const checksum = (facts: string, identity: string) => crc32(facts, crc32(identity)).toString(36)

function parsed(facts: string): unknown {
  try {
    return JSON.parse(facts)
  } catch {
    return undefined
  }
}

function routeOf(facts: unknown): Route | undefined {
  if (!Array.isArray(facts) || facts.length !== 7) return undefined
  const [agentId, agentName, phaseType, stage, specId, runId, branch] = facts
  const named = [agentId, agentName, stage, specId, runId, branch ?? ''].every(
    (fact) => typeof fact === 'string',
  )
  if (!named || !PHASE_TYPES.includes(phaseType)) return undefined
  return { agentId, agentName, phaseType, stage, specId, runId, branch: branch ?? undefined }
}

/** A route of one's own, so that nobody changes another's by changing it. */
export const copyRoute = (route: Route): Route => ({
  agentId: route.agentId,
  agentName: route.agentName,
  phaseType: route.phaseType,
  stage: route.stage,
  specId: route.specId,
  runId: route.runId,
  branch: route.branch,
})
