const HEADER_BYTES = 20
const LENGTH_BYTES = 4
const NULL_LENGTH = -1
const TEXT_OID = 25

/**
 * A `text[]` in Postgres's binary format, which pg sends as it is. As text, every quote in it would be escaped here and
 * every character looked at there, which for large bodies costs more than writing them.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? 0 : Buffer.byteLength(value)))
  const bytes = lengths.reduce((sum, length) => sum + LENGTH_BYTES + length, HEADER_BYTES)
  const array = Buffer.allocUnsafe(bytes)
  let at = 0
  // Dimensions, whether there are nulls, type, length, and the subscript of the first one.
  for (const field of [1, values.includes(null) ? 1 : 0, TEXT_OID, values.length, 1]) {
    at = array.writeInt32BE(field, at)
  }
  for (const [i, value] of values.entries()) {
    at = array.writeInt32BE(value === null ? NULL_LENGTH : lengths[i]!, at)
    if (value !== null) at += array.write(value, at)
  }
  return array
}
