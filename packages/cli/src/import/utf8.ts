import { invalid } from '@consensus-store/core'

const decoder = new TextDecoder('utf-8', { fatal: true })

/** The text that bytes are, without a byte order mark. INVALID when they are not UTF-8, instead of some other text. */
export function utf8(bytes: Uint8Array, argument: string): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw invalid(argument, 'is not UTF-8')
  }
}
