import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { Node, Pod } from '@wherry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeAPIServer } from '../../testing/index.ts'
import type { ClientConfig } from './config.ts'
import { newClient } from './new-client.ts'

// Made with openssl for these tests, and valid for a hundred years: a CA, a server's certificate for wherry.test, and a
// client's.
const read = (name: string) => readFileSync(new URL(`../../testing/testdata/${name}`, import.meta.url), 'utf8')
const ca = read('ca.crt')
const clientPair = { cert: read('client.crt'), key: read('client.key') }

let server: FakeAPIServer
let trusting: ClientConfig

beforeEach(async () => {
  const pair = { cert: read('server.crt'), key: read('server.key') }
  server = await FakeAPIServer.start({ tls: { ...pair, ca, requestCert: true, rejectUnauthorized: false } })
  server.handle = ({ client }) => ({ body: { metadata: { name: client } } })
  trusting = { server: server.url, ca, tlsServerName: 'wherry.test' }
})

afterEach(() => server.close())

async function ask(config: ClientConfig): Promise<string | undefined> {
  const client = newClient(config)
  try {
    return (await client.get(Node, { name: 'n' })).metadata.name
  } finally {
    client.close()
  }
}

describe('over TLS', () => {
  it('a client that trusts the CA and knows the server by its name gets an answer', async () => {
    expect(await ask(trusting)).toBe('')
  })

  it('a client shows its certificate', async () => {
    expect(await ask({ ...trusting, ...clientPair })).toBe('client')
  })

  it('a certificate can come from a source, and a new one is shown after the first', async () => {
    const issued = [{}, clientPair]
    const credentials = { get: async () => issued[0] ?? {}, rejected: () => void issued.shift() }
    server.handle = ({ client }) =>
      client === '' ? { status: 401, body: 'who are you?' } : { body: { metadata: { name: client } } }
    expect(await ask({ ...trusting, credentials })).toBe('client')
  })

  it('a watch is opened the same way', async () => {
    const client = newClient({ ...trusting, ...clientPair })
    const events = client.watch(Pod)[Symbol.asyncIterator]()
    const first = events.next()
    const watch = await server.watch()
    watch.send({ type: 'ADDED', object: { metadata: { name: 'a' } } })
    expect((await first).value).toMatchObject({ type: 'ADDED' })
    expect([watch.over, watch.request.client]).toEqual(['websocket', 'client'])
    await events.return?.()
  })

  it.each([
    {
      name: 'a server of an unknown CA',
      config: { ca: undefined },
      want: 'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    },
    {
      name: 'a server of another name',
      config: { tlsServerName: 'other.test' },
      want: 'tls: failed to verify certificate: x509: ',
    },
    { name: 'a CA that is none', config: { ca: 'hello' }, want: 'unable to parse bytes as PEM block' },
  ])('$name is refused', async ({ config, want }) => {
    await expect(ask({ ...trusting, ...config })).rejects.toThrow(want)
  })

  it('a client that trusts everyone asks all the same', async () => {
    expect(await ask({ server: server.url, insecureSkipTLSVerify: true })).toBe('')
  })
})

describe('through a proxy', () => {
  let asked: string[]
  let answer: number
  const proxy = createServer()
  proxy.on('connect', ({ url = '', headers }: IncomingMessage, socket: Duplex) => {
    asked.push(`${url} ${headers['proxy-authorization'] ?? ''}`)
    if (answer !== 200) return void socket.end(`HTTP/1.1 ${answer} No\r\n\r\n`)
    const [host = '', port = ''] = url.split(':')
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      socket.pipe(target).pipe(socket)
    })
    target.on('error', () => socket.destroy())
    socket.on('error', () => target.destroy())
  })
  let proxyURL: string

  beforeEach(async () => {
    asked = []
    answer = 200
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
    const address = proxy.address()
    proxyURL = `http://u:p@127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  })

  afterEach(async () => {
    proxy.closeAllConnections()
    await new Promise((resolve) => proxy.close(resolve))
  })

  it('the server is spoken to as if there were none', async () => {
    expect(await ask({ ...trusting, ...clientPair, proxyURL })).toBe('client')
    expect(asked).toEqual([`127.0.0.1:${server.port} Basic dTpw`])
  })

  it('a server without TLS is asked too', async () => {
    const plain = await FakeAPIServer.start()
    plain.handle = () => ({ body: { metadata: { name: 'plain' } } })
    expect(await ask({ server: plain.url, proxyURL })).toBe('plain')
    expect(asked).toEqual([`127.0.0.1:${plain.port} Basic dTpw`])
    await plain.close()
  })

  it('that refuses, nothing is asked', async () => {
    answer = 403
    await expect(ask({ ...trusting, proxyURL })).rejects.toThrow('proxyconnect tcp: 403 No')
  })
})
