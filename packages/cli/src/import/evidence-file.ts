import { readFileSync } from 'node:fs'
import { invalid, type Json } from '@consensus-store/core'
import { exactJson } from './exact-json.ts'
import type { Kind } from './unit.ts'
import { utf8 } from './utf8.ts'

/** A folder as it is being read: one at a time, and its files one at a time. */
export interface EvidenceFolder {
  readonly path: string
  /** The folder that is imported; places are told from there. */
  readonly root: string
  readonly names: ReadonlySet<string>
}

export interface EvidenceFile {
  readonly within: EvidenceFolder
  readonly name: string
  readonly path: string
  readonly place: { readonly file: string }
}

export type JsonObject = { readonly [member: string]: Json }

/** What a file that cannot be read would have been, going by its name. */
export const suggestedKind = (name: string): Kind =>
  /_(synthesis\.json|telemetry\.jsonl)$/i.test(name) ? 'syntheses' : 'artifacts'

export const textOf = (path: string): string => utf8(readFileSync(path), 'the file')

/** INVALID when the file is not JSON, or the JSON of no object. */
export function objectOf(path: string): JsonObject {
  const value = exactJson(textOf(path), 'the file')
  if (isObject(value)) return value
  throw invalid('the file', 'must hold a JSON object')
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
