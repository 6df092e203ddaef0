import type { Point } from '@consensus-store/core'
import { instantIn } from './instant.ts'
import { UsageError } from './usage-error.ts'

/** One `--option` of a verb: how it is shown in help, and what `run` is given for it. */
export interface Option<T = unknown> {
  readonly type: 'boolean' | 'string'
  /** What stands for the value in help, as in `<id>`. */
  readonly value?: string
  readonly summary: string
  /** UsageError, naming the option by `flag`, when the value is not one. */
  parse(given: string | boolean | undefined, flag: string): T
}

export type Options = Readonly<Record<string, Option>>
export type OptionValues<O extends Options> = { readonly [K in keyof O]: ReturnType<O[K]['parse']> }

export const flag = (summary: string): Option<boolean> => ({
  type: 'boolean',
  summary,
  parse: (given) => given === true,
})

export const text = (value: string, summary: string): Option<string | undefined> => ({
  type: 'string',
  value,
  summary,
  parse: (given) => given as string | undefined,
})

/** Where a Redis is. What is no such URL is not repeated: it may hold a password. */
export const redisUrl = (summary: string): Option<string | undefined> => ({
  type: 'string',
  value: '<url>',
  summary,
  parse(given, flag) {
    if (given === undefined) return undefined
    const url = URL.canParse(String(given)) ? new URL(String(given)) : undefined
    if (url?.hostname && ['redis:', 'rediss:'].includes(url.protocol)) return String(given)
    throw new UsageError(`${flag} must be a URL like redis://host:6379/0`)
  },
})

/** One of a few words. */
export const choice = <const T extends string>(
  words: readonly T[],
  summary: string,
): Option<T | undefined> => ({
  type: 'string',
  value: `<${words.join('|')}>`,
  summary,
  parse(given, flag) {
    if (given === undefined || words.includes(given as T)) return given as T | undefined
    throw new UsageError(`${flag} must be one of ${words.join(', ')}, not ${JSON.stringify(given)}`)
  },
})

/** A whole number from `min` up, or `fallback` when none is given. */
export const whole = <F extends number | undefined>(
  value: string,
  summary: string,
  { min, fallback }: { min: number; fallback: F },
): Option<number | F> => ({
  type: 'string',
  value,
  summary: fallback === undefined ? summary : `${summary} (${fallback} unless given)`,
  parse(given, flag) {
    if (given === undefined) return fallback
    const number = /^\d+$/.test(String(given)) ? Number(given) : Number.NaN
    if (Number.isSafeInteger(number) && number >= min) return number
    throw new UsageError(`${flag} must be a whole number from ${min} up, not ${JSON.stringify(given)}`)
  },
})

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A span of time written like `90s`, `30m`, `2h` or `7d`, in milliseconds. */
export const duration = (summary: string, fallback: string): Option<number> => ({
  ...optionalDuration(summary),
  summary: `${summary}, as in 90s, 30m, 2h or 7d (${fallback} unless given)`,
  parse: (given = fallback, flag) => msOf(String(given), flag),
})

/** The same, where it is not for the command to say what there is when none is given. */
export const optionalDuration = (summary: string): Option<number | undefined> => ({
  type: 'string',
  value: '<time>',
  summary: `${summary}, as in 90s, 30m, 2h or 7d`,
  parse: (given, flag) => (given === undefined ? undefined : msOf(String(given), flag)),
})

function msOf(given: string, flag: string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(given) ?? []
  if (unit) return Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs])
  throw new UsageError(`${flag} must be a time like 90s, 30m, 2h or 7d, not ${JSON.stringify(given)}`)
}

/** Days, or parts of them, or `never`; `undefined` when it is left to the policy, which says `unlessTold`. */
export const days = (summary: string, unlessTold: number): Option<number | 'never' | undefined> => ({
  type: 'string',
  value: '<days|never>',
  summary: `${summary} (${unlessTold} unless told)`,
  parse(given, flag) {
    if (given === undefined || given === 'never') return given
    if (/^\d+(\.\d+)?$/.test(String(given))) return Number(given)
    throw new UsageError(
      `${flag} must be a number of days like 30 or 0.5, or never, not ${JSON.stringify(given)}`,
    )
  },
})

/** A part of a whole, from 0 to 1. */
export const optionalShare = (summary: string): Option<number | undefined> => ({
  type: 'string',
  value: '<share>',
  summary,
  parse(given, flag) {
    if (given === undefined) return undefined
    if (/^(0?\.\d+|[01](\.0+)?)$/.test(String(given))) return Number(given)
    throw new UsageError(`${flag} must be a number from 0 to 1, not ${JSON.stringify(given)}`)
  },
})

const unitBytes: Readonly<Record<string, number>> = {
  '': 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
}

/** Bytes, written like `5000000`, `500MB` or `2GiB`. */
export const bytes = (summary: string): Option<number | undefined> => ({
  type: 'string',
  value: '<size>',
  summary: `${summary}, as in 500MB or 2GiB`,
  parse(given, flag) {
    if (given === undefined) return undefined
    const [, amount, unit = ''] = /^(\d+(?:\.\d+)?)([KMG]i?B)?$/.exec(String(given)) ?? []
    const size = Math.round(Number(amount) * unitBytes[unit]!)
    if (Number.isSafeInteger(size)) return size
    throw new UsageError(`${flag} must be a size like 5000000, 500MB or 2GiB, not ${JSON.stringify(given)}`)
  },
})

const INSTANT = 'an instant like 2026-03-02, 2026-03-02T08:05Z or 2026-03-02T08:05:30.250+01:00'

/** An instant in ISO 8601, of UTC unless it says otherwise. */
export const instant = (summary: string): Option<Date | undefined> => ({
  type: 'string',
  value: '<instant>',
  summary,
  parse(given, flag) {
    if (given === undefined) return undefined
    const at = instantIn(String(given))
    if (at) return at
    throw new UsageError(`${flag} must be ${INSTANT}, not ${JSON.stringify(given)}`)
  },
})

/** A point of a run's log: a sequence from `min` up, or an instant. */
export const point = (summary: string, { min }: { min: number }): Option<Point | undefined> => ({
  type: 'string',
  value: '<sequence|instant>',
  summary,
  parse(given, flag) {
    if (given === undefined) return undefined
    const text = String(given)
    const sequence = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (Number.isSafeInteger(sequence) && sequence >= min) return sequence
    const at = instantIn(text)
    if (at) return at
    throw new UsageError(
      `${flag} must be a sequence from ${min} up or ${INSTANT}, not ${JSON.stringify(given)}`,
    )
  },
})
