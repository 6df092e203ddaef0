/** A Postgres text holds neither U+0000 nor half of a surrogate pair. A text that begins with this is kept as JSON. */
const ESCAPED = '\u0001'

export const encodeBody = (text: string): string =>
  text.includes('\0') || text.startsWith(ESCAPED) || !text.isWellFormed()
    ? ESCAPED + JSON.stringify(text)
    : text

export const decodeBody = (raw: string): string =>
  raw.startsWith(ESCAPED) ? JSON.parse(raw.slice(ESCAPED.length)) : raw
