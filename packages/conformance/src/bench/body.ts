import { hash } from 'node:crypto'

/** A text with what its event says of it. */
export const bodyOf = (text: string) => ({
  text,
  bytes: Buffer.byteLength(text),
  digest: hash('sha256', text),
})

/** What an event says of a text. */
export const refOf = ({ bytes, digest }: ReturnType<typeof bodyOf>) => ({ bytes, digest })
