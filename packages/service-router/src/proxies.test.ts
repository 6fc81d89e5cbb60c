import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { realClock } from '@wherry/component-base'
import { afterEach, describe, expect, it } from 'vitest'
import { openTCPProxy } from './tcp-proxy.ts'
import { openUDPProxy } from './udp-proxy.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function echoServer(name: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('end', () => socket.end(`${name}: ${Buffer.concat(chunks)}`))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanups.push(() => server.close())
  return server
}

const portOf = (server: { address(): AddressInfo | string | null }) => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not listening on a port')
  return address.port
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const port = portOf(server)
  server.close()
  await once(server, 'close')
  return port
}

async function ask(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.end(text)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}

describe('a TCP proxy', () => {
  it('carries both ways, with a half-close, and takes endpoints in turn', async () => {
    const backends = await Promise.all(['one', 'two'].map(echoServer))
    const port = await freePort()
    const proxy = await openTCPProxy({
      address: '127.0.0.1',
      port,
      backends: backends.map((server) => ({ address: '127.0.0.1', port: portOf(server) })),
      affinityMs: 0,
      clock: realClock,
    })
    cleanups.push(() => proxy.destroy())
    expect([await ask(port, 'x'), await ask(port, 'y')]).toEqual(['one: x', 'two: y'])
    const large = 'z'.repeat(3_000_000)
    expect((await ask(port, large)).length).toBe(large.length + 5)
  })

  it('passes over an endpoint that refuses', async () => {
    const good = await echoServer('good')
    const port = await freePort()
    const bad = { address: '127.0.0.1', port: await freePort() }
    const backends = [bad, { address: '127.0.0.1', port: portOf(good) }]
    const proxy = await openTCPProxy({ address: '127.0.0.1', port, backends, affinityMs: 0, clock: realClock })
    cleanups.push(() => proxy.destroy())
    for (const text of ['1', '2', '3']) expect(await ask(port, text)).toBe(`good: ${text}`)
    proxy.update([bad], 0)
    await expect(ask(port, 'x')).rejects.toThrow('ECONNRESET')
  })

  it('lets open connections go on after it is closed', async () => {
    const server = await echoServer('one')
    const port = await freePort()
    const backends = [{ address: '127.0.0.1', port: portOf(server) }]
    const proxy = await openTCPProxy({ address: '127.0.0.1', port, backends, affinityMs: 0, clock: realClock })
    cleanups.push(() => proxy.destroy())
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    await once(socket, 'connect')
    await proxy.close()
    await expect(ask(port, 'late')).rejects.toThrow('ECONNREFUSED')
    socket.end('early')
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toBe('one: early')
  })
})

describe('a UDP proxy', () => {
  it('sends answers back to the client that asked', async () => {
    const backend = createSocket('udp4')
    backend.on('message', (data, from) => backend.send(`re: ${data}`, from.port, from.address))
    backend.bind(0, '127.0.0.1')
    await once(backend, 'listening')
    cleanups.push(() => backend.close())
    const port = await freePort()
    const proxy = await openUDPProxy({
      address: '127.0.0.1',
      port,
      backends: [{ address: '127.0.0.1', port: backend.address().port }],
      affinityMs: 0,
      clock: realClock,
    })
    cleanups.push(() => proxy.destroy())
    const clients = ['a', 'b'].map(() => createSocket('udp4'))
    cleanups.push(() => {
      for (const client of clients) client.close()
    })
    const answers = await Promise.all(
      clients.map(async (client, i) => {
        client.send(`q${i}`, port, '127.0.0.1')
        const [data] = await once(client, 'message')
        return String(data)
      }),
    )
    expect(answers).toEqual(['re: q0', 're: q1'])
  })
})
