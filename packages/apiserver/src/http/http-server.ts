import { createServer, type Server } from 'node:http'
import { createServer as createTLSServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { type Clock, sleep, UserError } from '@wherry/component-base'
import type { Listener } from './listener.ts'

export interface TLSOptions {
  /** In PEM, as the others. */
  readonly cert: string
  readonly key: string
  /** Whose client certificates count. */
  readonly clientCA?: string | undefined
  /** Whose proxies' certificates count. */
  readonly requestHeaderCA?: string | undefined
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** OpenSSL's names, separated by colons; Node's unless told. */
  readonly ciphers?: string | undefined
}

export interface HTTPServer {
  /** Throws `UserError` for an address that cannot be had. */
  listen(port: number, host: string): Promise<AddressInfo>
  /** Takes no more connections, lets requests that wait have their answers, and closes all connections. */
  close(): Promise<void>
}

/** Longer than the idle connections of clients live, so that it is they who close them. */
const keepAlive = 180_000

/** The server on node:https; without TLS options on plain node:http. */
export function newHTTPServer({ request, upgrade, idle }: Listener, clock: Clock, tls?: TLSOptions): HTTPServer {
  const authorities = [tls?.clientCA, tls?.requestHeaderCA].filter((ca) => ca !== undefined)
  const server: Server = tls
    ? createTLSServer({
        cert: tls.cert,
        key: tls.key,
        ca: authorities,
        // Clients may come without a certificate; the authenticator looks at the one that they show.
        requestCert: authorities.length > 0,
        rejectUnauthorized: false,
        minVersion: tls.minVersion ?? 'TLSv1.2',
        ciphers: tls.ciphers,
        ALPNProtocols: ['http/1.1'],
        maxHeaderSize,
      })
    : createServer({ maxHeaderSize })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('request', request)
  server.on('upgrade', upgrade)
  server.keepAliveTimeout = keepAlive
  server.headersTimeout = 60_000
  server.requestTimeout = 0
  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(refused(error, host, port)))
        server.listen(port, host, () => {
          const address = server.address()
          if (typeof address === 'object' && address) resolve(address)
        })
      }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      const patience = new AbortController()
      const late = sleep(clock, maxClosing, patience.signal).catch(() => {})
      await Promise.race([idle(), late])
      for (const socket of sockets) socket.destroySoon()
      await Promise.race([closed, late])
      for (const socket of sockets) socket.destroy()
      patience.abort()
      await closed
    },
  }
}

/** Selectors that name many objects make long paths; Node's own limit is 16 KiB, upstream's 1 MiB. */
const maxHeaderSize = 128 * 1024

/** How long clients may take to read what they are owed when the server ends. */
const maxClosing = 1000

function refused(cause: NodeJS.ErrnoException, host: string, port: number): Error {
  const at = `${host}:${port}`
  if (cause.code === 'EADDRINUSE') {
    return new UserError(`${at} is in use: stop what listens there, or choose another --secure-port`, { cause })
  }
  if (cause.code === 'EACCES') {
    return new UserError(`${at} may not be listened on: choose a --secure-port above 1023`, { cause })
  }
  if (cause.code === 'EADDRNOTAVAIL') {
    return new UserError(`${host} is no address of this machine: choose another --bind-address`, { cause })
  }
  return cause
}
