import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type TcpProxy, tcpProxy } from '@consensus-store/conformance/services'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

/** Answers every message with itself. */
const echo = createServer((socket) => socket.on('error', () => {}).pipe(socket))
let proxy: TcpProxy
const clients: Socket[] = []

beforeEach(async () => {
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await tcpProxy(`redis://user@127.0.0.1:${(echo.address() as AddressInfo).port}/3`)
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await proxy.close()
  echo.close()
  await once(echo, 'close')
})

describe('a TCP proxy', () => {
  test('stands in for its target', async () => {
    expect(proxy.url).toBe(`redis://user@127.0.0.1:${proxy.port}/3`)
    expect(await ask(await client(), 'hello')).toBe('hello')
  })

  test('refuses a target whose port it cannot know', async () => {
    await expect(tcpProxy('smtp://127.0.0.1')).rejects.toThrow('names no port')
  })

  test('passes on the end of what one side sends and lets the other finish', async () => {
    const socket = await client()
    socket.end('bye')
    let received = ''
    for await (const chunk of socket) received += chunk

    expect(received).toBe('bye')
    await vi.waitUntil(() => proxy.connections === 0)
  })

  test('passes on megabytes unharmed', async () => {
    const socket = await client()
    const sent = Buffer.alloc(5_000_000, 'consensus ')
    socket.end(sent)
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk)

    expect(Buffer.concat(chunks).equals(sent)).toBe(true)
  })

  test('cuts the connections there are and refuses others until it is restored', async () => {
    const socket = await client()
    await ask(socket, 'hello')
    expect(proxy.connections).toBe(1)

    const [[error]] = await Promise.all([once(socket, 'error'), proxy.cut()])
    expect(error).toMatchObject({ code: 'ECONNRESET' })
    await vi.waitUntil(() => proxy.connections === 0)
    await expect(client()).rejects.toMatchObject({ code: 'ECONNREFUSED' })

    await proxy.restore()
    expect(await ask(await client(), 'again')).toBe('again')
  })

  test('delivers late, in order, what was sent after it was told to', async () => {
    const socket = await client()
    proxy.delay(100)
    const began = performance.now()
    socket.write('first, ')
    socket.end('second')
    let received = ''
    for await (const chunk of socket) received += chunk

    expect(received).toBe('first, second')
    // On the way there and on the way back; a timer may fire a little early.
    expect(performance.now() - began).toBeGreaterThan(190)
    await proxy.restore()
  })

  test('holds everything back while it stalls, and delivers it when restored', async () => {
    const socket = await client()
    proxy.stall()
    const answer = ask(socket, 'hello')
    expect(await Promise.race([answer, sleep(100, 'nothing')])).toBe('nothing')
    expect(await Promise.race([ask(await client(), 'me too'), sleep(100, 'nothing')])).toBe('nothing')

    await proxy.restore()
    expect(await answer).toBe('hello')
  })

  test('can be cut and closed while it stalls', async () => {
    const socket = await client()
    proxy.stall()
    socket.write('hello')
    await Promise.all([once(socket, 'error'), proxy.cut()])
    await proxy.close()

    expect(proxy.connections).toBe(0)
  })

  test('corrupts what the server says', async () => {
    const socket = await client()
    proxy.corrupt()
    const answer = await ask(socket, 'hello', 'latin1')

    expect(answer).not.toBe('hello')
    expect(answer).toHaveLength(5)
    await proxy.restore()
    expect(await ask(socket, 'hello')).toBe('hello')
  })

  test('counts how often a client waited for an answer', async () => {
    const socket = await client()
    await ask(socket, 'one')
    await ask(socket, 'two')
    await ask(socket, 'three')

    expect(proxy.exchanges).toBe(3)
  })

  test('closes when its target does not answer', async () => {
    await using astray = await tcpProxy('redis://127.0.0.1:1')
    const socket = connect(astray.port, '127.0.0.1').on('error', () => {})
    await new Promise((closed) => socket.once('close', closed))

    await vi.waitUntil(() => astray.connections === 0)
  })
})

async function client(): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1')
  clients.push(socket)
  await once(socket, 'connect')
  return socket
}

async function ask(socket: Socket, question: string, encoding: BufferEncoding = 'utf8'): Promise<string> {
  socket.write(question)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return answer.toString(encoding)
}
