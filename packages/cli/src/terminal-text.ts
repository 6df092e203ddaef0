import stringWidth from 'string-width'

// Control characters, the marks that turn the direction of text, the separators some terminals break lines at, and
// halves of surrogate pairs: what would change the terminal, or the look of what stands around it.
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu
const unsafeInProse = /(?!\n|\t|\r\n)(?:[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs})/gu

/** Text that takes one line and changes nothing about the terminal: whatever would is written as an escape. */
export const oneLine = (text: string): string => text.replace(unsafe, escaped)

/** The same for text of several lines, which keeps its line ends and tabs. */
export const prose = (text: string): string => text.replace(unsafeInProse, escaped)

const short: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' }

const escaped = (character: string) =>
  short[character] ?? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** Columns a terminal gives the text. */
export const width = (text: string): number => stringWidth(text)

const graphemes = new Intl.Segmenter()

/** The text in at most `columns`, ending in `…` if some of it had to go. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let kept = ''
  let taken = 0
  for (const { segment } of graphemes.segment(text)) {
    taken += width(segment)
    if (taken > columns - 1) break
    kept += segment
  }
  return `${kept}…`
}

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - width(text)))

export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - width(text))) + text
