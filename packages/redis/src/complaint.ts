/**
 * What an error says of Redis. `replica`: it takes no writes because somebody else does. `refused`: it is well and will not
 * do this for us now: no memory, no permission, an unknown command. `failed`: no answer that one could go by.
 */
export type Complaint = 'replica' | 'refused' | 'failed'

export function complaintOf(error: unknown): Complaint {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return 'failed'
  const [code = ''] = error.message.split(' ')
  if (code === 'READONLY') return 'replica'
  return passing.has(code) ? 'failed' : 'refused'
}

/** It is starting, busy with a script, without its master, or not let us in: what it says now it will not say for long. */
const passing = new Set([
  'LOADING',
  'BUSY',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'MOVED',
  'ASK',
  'NOAUTH',
  'WRONGPASS',
])

export const isWrongType = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('WRONGTYPE')

export const isSyntaxError = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('ERR syntax error')

export const isUnknownScript = (error: unknown): boolean =>
  error instanceof Error && error.message.startsWith('NOSCRIPT')
