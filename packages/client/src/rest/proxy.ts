import { request as httpRequest } from 'node:http'
import { type AgentOptions, Agent as HTTPSAgent, request as httpsRequest } from 'node:https'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'

interface Target {
  host?: string
  hostname?: string
  port?: number | string
  servername?: string
}

/** Connects through an HTTP proxy: asks it with CONNECT for a connection, then speaks TLS with the server over that. */
export function tunnelAgent(proxyURL: string, options: AgentOptions): HTTPSAgent {
  const agent = new HTTPSAgent(options)
  const createConnection = (target: Target, done: (error: Error | null, stream?: Duplex) => void): undefined => {
    openTunnel(new URL(proxyURL), `${target.host ?? target.hostname}:${target.port}`).then(
      (socket) => {
        const { secureContext, rejectUnauthorized, servername } = { ...target, ...options }
        const secure = connect({ secureContext, rejectUnauthorized, servername, socket })
        secure.once('error', done)
        secure.once('secureConnect', () => {
          secure.off('error', done)
          done(null, secure)
        })
      },
      (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
    )
  }
  return Object.assign(agent, { createConnection })
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
