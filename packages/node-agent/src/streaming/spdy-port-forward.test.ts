import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { realClock, silentLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, SpdyClient } from '../../testing/index.ts'
import { serveSpdyPortForward } from './spdy-port-forward.ts'

let front: Server
let backend: Server
let client: SpdyClient
let serving: Promise<void>
const backendEnds: string[] = []

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function dial(port: number): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.once('error', reject).once('connect', () => resolve(socket))
  })
}

beforeEach(async () => {
  backendEnds.length = 0
  backend = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('data', (data) => socket.write(`echo ${data}`))
    socket.on('end', () => {
      backendEnds.push('end')
      socket.end('bye')
    })
  })
  const accepted = new Promise<Socket>((resolve) => {
    front = createServer((socket) => resolve(socket))
  })
  const port = await listen(front)
  client = new SpdyClient(await dial(port))
  const deps = { clock: realClock, logger: silentLogger }
  serving = serveSpdyPortForward(await accepted, { dial, pod: 'pod x, uid y' }, deps)
})

afterEach(async () => {
  client.close()
  await serving
  front.close()
  backend.close()
})

describe('a port-forward on SPDY', () => {
  it('carries bytes both ways, and each end', async () => {
    const port = String(await listen(backend))
    const error = await client.open({ streamtype: 'error', port, requestid: '0' })
    client.end(error)
    const data = await client.open({ streamtype: 'data', port, requestid: '0' })
    client.send(data, 'hello')
    await eventually(() => client.received(data).toString() === 'echo hello')
    client.end(data)
    expect((await client.whole(data)).toString()).toBe('echo hellobye')
    expect((await client.whole(error)).toString()).toBe('')
    expect(backendEnds).toEqual(['end'])
  })

  it('carries several connections at once', async () => {
    const port = String(await listen(backend))
    const ids: number[] = []
    for (const requestid of ['1', '2', '3']) {
      await client.open({ streamtype: 'error', port, requestid })
      ids.push(await client.open({ streamtype: 'data', port, requestid }))
    }
    for (const id of ids) client.send(id, `${id}`)
    for (const id of ids) await eventually(() => client.received(id).toString() === `echo ${id}`)
  })

  it('tells why a port cannot be reached', async () => {
    const port = await listen(backend)
    await new Promise((resolve) => backend.close(resolve))
    const headers = { port: String(port), requestid: '0' }
    const error = await client.open({ ...headers, streamtype: 'error' })
    await client.open({ ...headers, streamtype: 'data' })
    expect((await client.whole(error)).toString()).toBe(
      `error forwarding port ${port} to pod x, uid y: connect ECONNREFUSED 127.0.0.1:${port}`,
    )
  })

  it.each([
    { port: '0', streamtype: 'data' },
    { port: '80', streamtype: 'other' },
  ])('refuses a stream with $port and $streamtype', async (headers) => {
    await expect(client.open({ ...headers, requestid: '0' })).rejects.toThrow('refused')
  })
})
