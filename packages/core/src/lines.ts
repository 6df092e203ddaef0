const LINE_FEED = 0x0a

/** The lines of a text, without their ends, as they come. Only a line feed ends a line: other ends of lines may stand in JSON. */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let begun: Uint8Array[] = []
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      yield Buffer.concat([...begun, chunk.subarray(from, end)])
      begun = []
      from = end + 1
    }
    begun.push(chunk.subarray(from))
  }
  const rest = Buffer.concat(begun)
  if (rest.length > 0) yield rest
}
