import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { PHASE_TYPES, type Route } from '@consensus-store/core'

/**
 * What a key holds: a route with a checksum over its facts, seeded with the store's identity,
 *
 *     4be9d1a2["a1","gemini","regular-stage","plan","SPEC-1","r1","main"]
 *
 * or a lease, by which one reader has the right to put it there.
 */
export const encodeEntry = (route: Route, seed: number): string => {
  const { agentId, agentName, phaseType, stage, specId, runId, branch = null } = route
  const facts = JSON.stringify([agentId, agentName, phaseType, stage, specId, runId, branch])
  return crc32(facts, seed).toString(16).padStart(DIGITS, '0') + facts
}

/** The route of just this agent in just this store, or `undefined` if that is not what the text says. */
export function decodeEntry(text: string, agentId: string, seed: number): Route | undefined {
  if (text[DIGITS] !== '[') return undefined
  const facts = text.slice(DIGITS)
  if (crc32(facts, seed) !== Number.parseInt(text.slice(0, DIGITS), 16)) return undefined
  const route = routeOf(parsed(facts))
  return route?.agentId === agentId ? route : undefined
}

/** What the checksums of a store's entries begin with. */
export const seedOf = (identity: string): number => crc32(identity)

const DIGITS = 8

const LEASE = 'lease:'

const process = randomBytes(12).toString('base64url')
let leases = 0

/** A lease nobody else can have made. */
export const newLease = (): string => `${LEASE}${process}:${++leases}`

export const isLease = (text: string): boolean => text.startsWith(LEASE)

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
  const isRoute =
    typeof agentId === 'string' &&
    typeof agentName === 'string' &&
    PHASE_TYPES.includes(phaseType) &&
    typeof stage === 'string' &&
    typeof specId === 'string' &&
    typeof runId === 'string' &&
    (branch === null || typeof branch === 'string')
  if (!isRoute) return undefined
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
