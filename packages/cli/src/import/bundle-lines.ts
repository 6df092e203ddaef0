import { createReadStream } from 'node:fs'
import { parseBundle } from '@consensus-store/core'
import { refusal } from './refusal.ts'
import type { BundleLine, BundleSource, Refused } from './unit.ts'
import { utf8 } from './utf8.ts'

export const linesOfFile = (path: string): AsyncIterable<Buffer> =>
  createReadStream(path, { highWaterMark: 256 * 1024 })

/** What an export wrote, a run a line. Lines are given as they come: those that one chunk completes together. */
export const bundleLines = (file: string, chunks: AsyncIterable<Buffer | string>): BundleSource => ({
  kind: 'bundles',
  async *read() {
    let number = 0
    /** One parsed at a time: what becomes of a line's text takes several times its room. */
    function* parsed(some: readonly Buffer[]) {
      for (const line of some) {
        number += 1
        const bundle = bundleIn(line, file, `line ${number}`)
        if (bundle) yield bundle
      }
    }
    for await (const some of lines(chunks)) yield parsed(some)
  },
})

function bundleIn(line: Buffer, file: string, row: string): BundleLine | Refused | undefined {
  const place = { file, row }
  try {
    const text = utf8(line, 'line')
    return text.trim() === '' ? undefined : { place, bundle: parseBundle(text) }
  } catch (error) {
    return refusal('artifacts', place, error)
  }
}

const LINE_FEED = 0x0a

/** Only a line feed ends a line: the other characters that some readers end lines at may stand in JSON. */
async function* lines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<readonly Buffer[]> {
  let begun: Buffer[] = []
  for await (const given of chunks) {
    const chunk = typeof given === 'string' ? Buffer.from(given) : given
    const complete: Buffer[] = []
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const rest = chunk.subarray(from, end)
      complete.push(begun.length === 0 ? rest : Buffer.concat([...begun, rest]))
      begun = []
      from = end + 1
    }
    begun.push(chunk.subarray(from))
    if (complete.length > 0) yield complete
  }
  yield [Buffer.concat(begun)]
}
