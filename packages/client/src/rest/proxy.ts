import { Agent as HTTPAgent, type AgentOptions, request as httpRequest } from 'node:http'
import { Agent as HTTPSAgent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, connect } from 'node:tls'

interface Target {
  host?: string
  port?: number | string
  servername?: string
}

type Connected = (error: Error | null, stream?: Duplex) => void

/**
 * Connects through an HTTP proxy: asks it with CONNECT for a connection and speaks with the server over that, with TLS
 * where there are options for it.
 */
export function tunnelAgent(
  proxyURL: string,
  options: AgentOptions,
  tls: ConnectionOptions | undefined,
): HTTPAgent | HTTPSAgent {
  const agent = tls ? new HTTPSAgent(options) : new HTTPAgent(options)
  const createConnection = ({ host = '', port, servername }: Target, done: Connected): undefined => {
    const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    openTunnel(new URL(proxyURL), authority).then(
      (socket) => (tls ? startTLS({ servername, ...tls, socket }, done) : done(null, socket)),
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    )
  }
  return Object.assign(agent, { createConnection })
}

function startTLS(options: ConnectionOptions, done: Connected): void {
  const secure = connect(options)
  secure.once('error', done)
  secure.once('secureConnect', () => {
    secure.off('error', done)
    done(null, secure)
  })
}

function openTunnel(proxy: URL, authority: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
    const authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send({
      host: proxy.hostname,
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(proxy.username ? { 'proxy-authorization': authorization } : {}) },
      agent: false,
    })
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket)
      socket.destroy()
      reject(new Error(`proxyconnect tcp: ${response.statusCode} ${response.statusMessage}`))
    })
    request.once('error', reject)
    request.end()
  })
}
