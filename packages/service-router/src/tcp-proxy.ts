import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@wherry/component-base'
import { Balancer } from './balancer.ts'
import type { Backend } from './endpoint-choice.ts'
import type { PortProxy } from './port-proxy.ts'

/** How long one endpoint may take to accept a connection before the next one is tried. */
const connectMs = 5_000

export interface TCPProxyOptions {
  address: string
  port: number
  backends: readonly Backend[]
  affinityMs: number
  clock: Clock
}

/**
 * Carries TCP connections to endpoints, half-closes included. An endpoint that refuses a connection is passed over for
 * the next one, so that a client does not meet an endpoint that is just going away.
 */
export async function openTCPProxy(options: TCPProxyOptions): Promise<PortProxy> {
  const { address, port, clock } = options
  const balancer = new Balancer(clock, options.backends, options.affinityMs)
  const sockets = new Set<Socket>()
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    track(client)
    client.setNoDelay(true)
    void carry(client, balancer, clock, track)
  })
  await listen(server, address, port)
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return {
    update: (backends, affinityMs) => balancer.update(backends, affinityMs),
    async close() {
      // The callback of close waits for open connections, which may stay for long.
      void close()
    },
    async destroy() {
      const closed = close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function listen(server: Server, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: address, port, backlog: 1024 }, () => {
      server.off('error', reject)
      // A listening socket fails on single connections only, such as when file descriptors run out.
      server.on('error', () => undefined)
      resolve()
    })
  })
}

async function carry(client: Socket, balancer: Balancer, clock: Clock, track: (socket: Socket) => void): Promise<void> {
  client.on('error', () => client.destroy())
  const from = client.remoteAddress ?? ''
  for (const backend of balancer.candidates(from)) {
    const upstream = await dial(backend, clock, track)
    if (!upstream) continue
    balancer.chosen(from, backend)
    if (client.destroyed) upstream.destroy()
    else join(client, upstream)
    return
  }
  client.resetAndDestroy()
}

/** A connection to the endpoint, or undefined where it cannot be had. */
function dial(backend: Backend, clock: Clock, track: (socket: Socket) => void): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: backend.address, port: backend.port, allowHalfOpen: true, noDelay: true })
    track(socket)
    const fail = () => {
      socket.destroy()
      done(undefined)
    }
    const cancel = clock.setTimer(connectMs, fail)
    const done = (result: Socket | undefined) => {
      cancel()
      socket.off('error', fail)
      resolve(result)
    }
    // Stays until the socket is joined: an error between the two must not go unheard.
    socket.on('error', () => socket.destroy())
    socket.once('error', fail)
    socket.once('connect', () => done(socket))
  })
}

/** Pipes both ways; when one side breaks, the other is cut off too. */
function join(client: Socket, upstream: Socket): void {
  client.once('close', () => upstream.destroy())
  upstream.once('close', () => {
    if (!client.writableEnded) client.destroy()
  })
  client.pipe(upstream)
  upstream.pipe(client)
}
