import { type AgentOptions, Agent as HTTPAgent } from 'node:http'
import { Agent as HTTPSAgent } from 'node:https'
import { createSecureContext, type SecureContext } from 'node:tls'
import { UserError } from '@wherry/component-base'
import type { ClientConfig, Credentials } from './config.ts'
import { tunnelAgent } from './proxy.ts'

export type Agent = HTTPAgent | HTTPSAgent

/** Connections for requests, which are kept and shared, and for streams, which have one each. */
export interface Agents {
  requests: Agent
  streams: Agent
}

/** As client-go's default of connections a host, so that a burst of writes does not open a thousand sockets. */
const maxRequestSockets = 25

/**
 * Idle connections are given up after this. It is less than the 5 s after which a Node server closes them, so that a
 * write is not sent into a connection that is about to be closed.
 */
const idleMs = 4000

/** The TLS context is made once: parsing certificates for every connection costs more than connecting. */
export function newAgents(config: ClientConfig, { cert, key }: Credentials): Agents {
  const requests = { keepAlive: true, maxSockets: maxRequestSockets, scheduling: 'lifo' as const, timeout: idleMs }
  const streams = { keepAlive: false }
  const tls = new URL(config.server).protocol === 'http:' ? undefined : tlsOptions(config, cert, key)
  const agent = (options: AgentOptions): Agent => {
    if (config.proxyURL) return tunnelAgent(config.proxyURL, options, tls)
    return tls ? new HTTPSAgent({ ...options, ...tls }) : new HTTPAgent(options)
  }
  return { requests: agent(requests), streams: agent(streams) }
}

function tlsOptions(config: ClientConfig, cert: string | undefined, key: string | undefined) {
  return {
    secureContext: secureContext(config.ca, cert, key),
    rejectUnauthorized: config.insecureSkipTLSVerify !== true,
    ...(config.tlsServerName ? { servername: config.tlsServerName } : {}),
  }
}

function secureContext(ca: string | undefined, cert: string | undefined, key: string | undefined): SecureContext {
  requirePEM(ca, 'unable to load root certificates: unable to parse bytes as PEM block')
  requirePEM(cert, 'tls: failed to find any PEM data in certificate input')
  requirePEM(key, 'tls: failed to find any PEM data in key input')
  return createSecureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) })
}

function requirePEM(text: string | undefined, message: string): void {
  if (text && !text.includes('-----BEGIN ')) throw new UserError(message)
}

/** Closes idle connections at once and those in use as soon as their requests are done. */
export function retire(agent: Agent): void {
  agent.maxFreeSockets = 0
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy()
}
