import { createReadStream } from 'node:fs'
import { parseBundle } from '@consensus-store/core'
import { refusal } from './refusal.ts'
import type { BundleLine, BundleSource, Refused } from './unit.ts'
import { utf8 } from './utf8.ts'

export const linesOfFile = (path: string): AsyncIterable<Buffer> =>
  createReadStream(path, { highWaterMark: 1024 * 1024 })

/** What an export wrote, a run a line, read a line at a time. */
export const bundleLines = (file: string, chunks: AsyncIterable<Buffer | string>): BundleSource => ({
  kind: 'bundles',
  async *read() {
    let number = 0
    for await (const line of lines(chunks)) {
      number += 1
      const bundle = bundleIn(line, file, `line ${number}`)
      if (bundle) yield bundle
    }
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
async function* lines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer> {
  let begun: Buffer[] = []
  for await (const given of chunks) {
    const chunk = typeof given === 'string' ? Buffer.from(given) : given
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)])
      begun = []
      from = end + 1
    }
    begun.push(chunk.subarray(from))
  }
  yield Buffer.concat(begun)
}
