import { once } from 'node:events'
import { createServer as createHTTPServer, type IncomingMessage, request as httpRequest } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { EndpointSlice, Node, Pod, Service, ServiceAccount } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { newTestAuthority } from '../testing/certificates.ts'
import { startTestServer, type TestServer } from '../testing/index.ts'

const authority = newTestAuthority(Date.now())
const options = { user: { name: 'test', groups: ['system:masters'] } }
let server: TestServer
let close: (() => void)[] = []
const seen: { url?: string; user?: string; headers?: IncomingMessage['headers'] } = {}

/** A kubelet that takes our certificate: logs are lines, and an upgrade is echoed. */
async function startKubelet(): Promise<number> {
  const tls = { ...authority.issue('kubelet'), ca: authority.ca, requestCert: true, rejectUnauthorized: true }
  const kubelet = createServer(tls, (request, response) => {
    remember(request)
    if (request.url?.startsWith('/containerLogs/default/broken')) {
      response.statusCode = 400
      response.end('container "c" in pod "broken" is waiting to start: ContainerCreating')
    } else if (request.url?.startsWith('/containerLogs/')) {
      response.write('one\n')
      response.end('two\n')
    } else if (request.url?.startsWith('/healthz')) response.end('kubelet is well')
    else {
      response.statusCode = 404
      response.end('404 page not found')
    }
  })
  kubelet.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    remember(request)
    if (request.url?.includes('refuse')) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
      return
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: ${request.headers.upgrade}\r\n\r\n`,
    )
    socket.write('hello ')
    if (head.length > 0) socket.write(head)
    socket.pipe(socket)
  })
  kubelet.listen(0, '127.0.0.1')
  await once(kubelet, 'listening')
  close.push(() => kubelet.close())
  return portOf(kubelet.address())
}

function remember(request: IncomingMessage): void {
  const { socket } = request
  seen.url = request.url ?? ''
  seen.headers = request.headers
  if ('getPeerCertificate' in socket && typeof socket.getPeerCertificate === 'function') {
    seen.user = socket.getPeerCertificate().subject?.CN
  }
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === 'object' && address) return address.port
  throw new Error('no port')
}

beforeAll(async () => {
  const port = await startKubelet()
  server = await startTestServer({ options: { kubelet: { ...authority.issue('apiserver'), ca: authority.ca } } })
  const { behaviours } = server
  const create = async (name: string, spec: object = {}) => {
    const containers = [{ name: 'c', image: 'i', ports: [{ containerPort: 8080 }] }]
    await behaviours
      .store(Pod)
      .create({ metadata: { name, namespace: 'default' }, spec: { containers, ...spec } }, options)
  }
  await behaviours.store(ServiceAccount).create({ metadata: { name: 'default', namespace: 'default' } }, options)
  for (const [name, at] of [['n1', port] as const, ['gone', 1] as const]) {
    await behaviours.store(Node).create(
      {
        metadata: { name },
        status: {
          addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
          daemonEndpoints: { kubeletEndpoint: { Port: at } },
        },
      },
      options,
    )
  }
  await create('p', { nodeName: 'n1' })
  await create('broken', { nodeName: 'n1' })
  await create('away', { nodeName: 'gone' })
  await create('unscheduled')
  const two = ['a', 'b'].map((name) => ({ name, image: 'i' }))
  await create('pair', { nodeName: 'n1', containers: two })
})

afterAll(async () => {
  await server.close()
  for (const end of close) end()
  close = []
})

const path = (rest: string) => `/api/v1/namespaces/default/pods/${rest}`

async function get(rest: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${server.url}${path(rest)}`, { headers })
  const text = await response.text()
  const json = text.startsWith('{') ? JSON.parse(text) : {}
  return { status: response.status, text, message: String(json.message ?? ''), headers: response.headers }
}

/** Sends an upgrade by hand and returns the socket with what has come so far. */
async function upgrade(
  rest: string,
  method = 'GET',
): Promise<{ socket: Socket; read(until: string): Promise<string> }> {
  const { hostname, port } = new URL(server.url)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8')
  })
  const read = async (until: string) => {
    while (!text.includes(until) && !socket.closed) await Promise.race([once(socket, 'data'), once(socket, 'close')])
    return text
  }
  socket.write(
    `${method} ${path(rest)} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: SPDY/3.1\r\nauthorization: Bearer secret\r\n\r\n`,
  )
  return { socket, read }
}

describe('the log of a pod', () => {
  it('streams from its kubelet, which knows us by our certificate', async () => {
    expect(await get('p/log?follow=true&tailLines=2&timestamps=false')).toMatchObject({
      status: 200,
      text: 'one\ntwo\n',
    })
    expect(seen.url).toBe('/containerLogs/default/p/c?follow=true&tailLines=2')
    expect(seen.user).toBe('apiserver')
  })

  it.each([
    { rest: 'x/log', status: 404, want: 'pods "x" not found' },
    {
      rest: 'pair/log',
      status: 400,
      want: 'a container name must be specified for pod pair, choose one of: [a b]',
    },
    { rest: 'p/log?container=x', status: 400, want: 'container x is not valid for pod p' },
    {
      rest: 'p/log?tailLines=-1',
      status: 422,
      want: 'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    },
    {
      rest: 'broken/log',
      status: 400,
      want: 'container "c" in pod "broken" is waiting to start: ContainerCreating',
    },
    {
      rest: 'away/log',
      status: 500,
      want: 'error dialing backend: dial tcp 127.0.0.1:1: connect: connection refused',
    },
  ])('of $rest is refused: $want', async ({ rest, status, want }) => {
    expect(await get(rest)).toMatchObject({ status, message: want })
  })

  it('is empty while the pod has no node', async () => {
    expect(await get('unscheduled/log')).toMatchObject({ status: 200, text: '' })
  })
})

describe('a stream to a pod', () => {
  it.each(['GET', 'POST'])('carries bytes both ways once the kubelet has switched protocols (%s)', async (method) => {
    const { socket, read } = await upgrade('p/exec?command=sh&command=-c&stdin=true&stdout=true&tty=false', method)
    const head = await read('hello ')
    expect(head).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/)
    expect(head).toContain('upgrade: SPDY/3.1')
    expect(seen.url).toBe('/exec/default/p/c?input=1&output=1&command=sh&command=-c')
    expect(seen.headers?.authorization).toBeUndefined()
    socket.write('ping')
    expect(await read('ping')).toMatch(/hello ping$/)
    socket.end()
    await once(socket, 'close')
  })

  it('ends for the client when the kubelet says no', async () => {
    const { read, socket } = await upgrade('p/exec?command=refuse')
    expect(await read('no')).toMatch(/^HTTP\/1.1 403 Forbidden/)
    socket.destroy()
  })

  it.each([
    { rest: 'unscheduled/exec', status: 400, want: 'pod unscheduled does not have a host assigned' },
    { rest: 'away/portforward', status: 500, want: 'error dialing backend' },
    { rest: 'pair/attach', status: 400, want: 'a container name must be specified for pod pair' },
  ])('of $rest is refused before anything is switched: $want', async ({ rest, status, want }) => {
    const { read, socket } = await upgrade(rest)
    const text = await read('"code"')
    expect(text).toContain(`HTTP/1.1 ${status}`)
    expect(text).toContain(want)
    socket.destroy()
  })

  it('needs an upgrade', async () => {
    expect(await get('p/exec?command=ls')).toMatchObject({ status: 400, message: 'Upgrade request required' })
  })
})

describe('the proxy', () => {
  it('of a node reaches its kubelet', async () => {
    const response = await fetch(`${server.url}/api/v1/nodes/n1/proxy/healthz?verbose`)
    expect(await response.text()).toBe('kubelet is well')
    expect(seen.url).toBe('/healthz?verbose')
  })

  it('of a pod passes method, path and body on, and not who asks', async () => {
    const backend = createHTTPServer((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        response.writeHead(201, { 'x-from': 'pod', 'access-control-allow-origin': '*' })
        const { authorization, 'x-forwarded-uri': uri } = request.headers
        response.end(
          JSON.stringify([request.method, request.url, authorization ?? null, uri, String(Buffer.concat(chunks))]),
        )
      })
    })
    backend.listen(0, '127.0.0.1')
    await once(backend, 'listening')
    const port = portOf(backend.address())
    const change = (pod: Pod) => {
      pod.status = { ...pod.status, podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] }
    }
    await server.behaviours
      .store(Pod)
      .update({ namespace: 'default', name: 'p' }, change, { ...options, subresource: 'status' })
    const response = await fetch(`${server.url}${path(`p:${port}/proxy/a/b?c=d`)}`, {
      method: 'PUT',
      body: 'text',
      headers: { authorization: 'Bearer secret' },
    })
    expect(response.status).toBe(201)
    expect(response.headers.get('x-from')).toBe('pod')
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    const uri = path(`p:${port}/proxy/a/b`)
    expect(await response.json()).toEqual(['PUT', '/a/b?c=d', null, uri, 'text'])
    backend.close()
    backend.closeAllConnections()
  })

  it('of a Service finds the endpoint of a port by name or number, over TLS where the name says so', async () => {
    const tls = authority.issue('backend')
    const secure = createServer(tls, (request, response) => response.end(`secure ${request.url}`))
    const plain = createHTTPServer((request, response) => response.end(`plain ${request.url}`))
    await Promise.all([secure, plain].map((one) => once(one.listen(0, '127.0.0.1'), 'listening')))
    const ports = [
      { name: 'web', port: portOf(plain.address()) },
      { name: 'safe', port: portOf(secure.address()) },
    ]
    const { behaviours } = server
    const metadata = { name: 'two', namespace: 'default' }
    const [web, safe] = [
      { name: 'web', port: 80 },
      { name: 'safe', port: 443 },
    ]
    await behaviours.store(Service).create({ metadata, spec: { ports: [web, safe] } }, options)
    await behaviours.store(EndpointSlice).create(
      {
        metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'two' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
        ports,
      },
      options,
    )
    const ask = async (name: string) => {
      const response = await fetch(`${server.url}/api/v1/namespaces/default/services/${name}/proxy/a?b`)
      return response.status === 200 ? response.text() : response.status
    }
    expect(await Promise.all(['two:web', 'two:80', 'http:two:web'].map(ask))).toEqual(Array(3).fill('plain /a?b'))
    expect(await Promise.all(['https:two:safe', 'https:two:443'].map(ask))).toEqual(Array(2).fill('secure /a?b'))
    expect(await Promise.all(['two', 'two:nothing', 'ftp:two:web'].map(ask))).toEqual([503, 503, 400])
    for (const one of [secure, plain]) {
      one.close()
      one.closeAllConnections()
    }
  })

  it('leads redirects and the links of documents through itself, and leaves others', async () => {
    const backend = createHTTPServer((request, response) => {
      const { pathname } = new URL(request.url ?? '', 'http://backend')
      if (pathname === '/away') return void response.writeHead(302, { location: 'http://elsewhere.example/x' }).end()
      if (pathname === '/moved') return void response.writeHead(307, { location: '/there/?a=b' }).end('gone')
      const page = '<html><a href="/x">x</a> <a href="y">y</a></html>'
      const type = pathname === '/page' || pathname === '/zipped' ? 'text/html; charset=utf-8' : 'text/plain'
      const zipped = pathname === '/zipped'
      response.writeHead(200, { 'content-type': type, ...(zipped ? { 'content-encoding': 'gzip' } : {}) })
      response.end(zipped ? gzipSync(page) : page)
    })
    await once(backend.listen(0, '127.0.0.1'), 'listening')
    const proxy = path(`p:${portOf(backend.address())}/proxy`)
    const ask = (rest: string) => fetch(`${server.url}${proxy}${rest}`, { redirect: 'manual' })
    const rewritten = `<html><a href="${proxy}/x">x</a> <a href="y">y</a></html>`
    expect((await ask('/away')).headers.get('location')).toBe('http://elsewhere.example/x')
    const moved = await ask('/moved')
    expect([moved.status, moved.headers.get('location')]).toEqual([307, `${proxy}/there/?a=b`])
    const page = await ask('/page')
    expect([await page.text(), page.headers.get('content-length')]).toEqual([rewritten, String(rewritten.length)])
    expect(await (await ask('/zipped')).text()).toBe(rewritten)
    expect(await (await ask('/text')).text()).toContain('href="/x"')
    backend.close()
    backend.closeAllConnections()
  })

  it('streams bodies both ways, as they come', async () => {
    const backend = createHTTPServer((request, response) => request.pipe(response))
    await once(backend.listen(0, '127.0.0.1'), 'listening')
    const { hostname, port } = new URL(server.url)
    const at = path(`p:${portOf(backend.address())}/proxy/echo`)
    const request = httpRequest({ host: hostname, port, path: at, method: 'POST' })
    request.write('first')
    const [response]: IncomingMessage[] = await once(request, 'response')
    if (!response) throw new Error('no response')
    const [first]: Buffer[] = await once(response, 'data')
    expect(String(first)).toBe('first')
    const ended = once(response, 'end')
    request.end('second')
    const [second]: Buffer[] = await once(response, 'data')
    expect(String(second)).toBe('second')
    await ended
    backend.close()
    backend.closeAllConnections()
  })

  it('carries a WebSocket to a pod', async () => {
    const backend = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(backend, 'listening')
    backend.on('connection', (socket) => socket.on('message', (data) => socket.send(`echo ${String(data)}`)))
    const at = path(`p:${portOf(backend.address())}/proxy/socket`)
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${at}`, ['some.protocol'])
    await once(socket, 'open')
    expect(socket.protocol).toBe('some.protocol')
    socket.send('hello')
    const [message]: unknown[] = await once(socket, 'message')
    expect(String(message)).toBe('echo hello')
    socket.close()
    await once(socket, 'close')
    backend.close()
  })

  it('of a backend that is not there is a 503', async () => {
    const response = await fetch(`${server.url}${path('p:1/proxy/')}`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({
      reason: 'ServiceUnavailable',
      message: 'error trying to reach service: dial tcp 127.0.0.1:1: connect: connection refused',
    })
  })

  it('of a root without a slash redirects, so that relative links hold', async () => {
    const { hostname, port } = new URL(server.url)
    const request = httpRequest({ host: hostname, port, path: path('p/proxy?a=b') })
    request.end()
    const [response]: IncomingMessage[] = await once(request, 'response')
    expect(response?.statusCode).toBe(301)
    expect(response?.headers.location).toBe(path('p/proxy/?a=b'))
    response?.resume()
  })

  it('of a port that a service does not have is a 503', async () => {
    const response = await fetch(`${server.url}/api/v1/namespaces/default/services/kubernetes:x/proxy/`)
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ message: 'no service port "x" found for service "kubernetes"' })
  })
})
