import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTLSServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Client } from '@wherry/client'
import { type Clock, type Logger, UserError } from '@wherry/component-base'
import type { ContainerRuntime } from '../runtime/cri.ts'
import { authenticate, authorize, defaultAuth, type KubeletAuthOptions } from './authorization.ts'
import { sendContainerLogs } from './container-logs.ts'
import { HTTPError } from './http-error.ts'
import { findPod, type PodPath, type PodSource, parsePodPath } from './pod-container.ts'
import { runCommand } from './run-command.ts'
import { agentMetrics, resourceMetrics, statsSummary } from './stats.ts'
import { serveCommandUpgrade, servePortForwardUpgrade } from './streams.ts'

export interface KubeletServerConfig {
  address: string
  /** 0 takes a free one. */
  port: number
  /** Absent: plain HTTP without any check, for tests. */
  tls?: { cert: string; key: string; clientCA?: string | undefined }
  /** Client certificates and tokens that the API server knows, and what it allows, unless told. */
  auth?: KubeletAuthOptions
}

export interface KubeletServerDeps {
  client: Client
  clock: Clock
  logger: Logger
  runtime: ContainerRuntime
  pods: PodSource
  config: KubeletServerConfig
  nodeName: string
}

export interface KubeletServer {
  port: number
  close(): Promise<void>
}

/** The kubelet API (pkg/kubelet/server). Resolves once it listens. */
export async function startKubeletServer(deps: KubeletServerDeps): Promise<KubeletServer> {
  const { config } = deps
  const handle = (request: IncomingMessage, response: ServerResponse) => void handleRequest(deps, request, response)
  const { tls } = config
  const server = tls
    ? createTLSServer(
        { cert: tls.cert, key: tls.key, ca: tls.clientCA ?? [], requestCert: true, rejectUnauthorized: false },
        handle,
      )
    : createServer(handle)
  const streams = new Set<Duplex>()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    streams.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => streams.delete(socket))
    void handleUpgrade(deps, request, socket, head)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error) => reject(listenError(cause, config)))
    server.listen(config.port, config.address, resolve)
  })
  const address = server.address()
  return {
    port: isAddressInfo(address) ? address.port : config.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
        for (const socket of streams) socket.destroy()
      }),
  }
}

function listenError(cause: Error, { address, port }: KubeletServerConfig): Error {
  const inUse = 'code' in cause && cause.code === 'EADDRINUSE'
  if (!inUse) return new UserError(`cannot listen on ${address}:${port}: ${cause.message}`, { cause })
  return new UserError(`${address}:${port} is in use: end what listens there, or choose another --port`, { cause })
}

function isAddressInfo(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === 'object' && address !== null
}

interface Route {
  path: string
  parts: string[]
  query: URLSearchParams
}

/** The parts of a request's path; throws unless its client may ask for it. */
async function admit({ client, config, nodeName }: KubeletServerDeps, request: IncomingMessage): Promise<Route> {
  const url = new URL(request.url ?? '', 'https://kubelet')
  // The supervisor of the agent has no certificate.
  if (config.tls && url.pathname !== '/healthz') {
    const auth = config.auth ?? defaultAuth
    const user = await authenticate(request, client, auth)
    if (auth.mode === 'Webhook') await authorize(user, request, url.pathname, nodeName, client)
  }
  return {
    path: url.pathname,
    parts: url.pathname.split('/').slice(1).map(decodeURIComponent),
    query: url.searchParams,
  }
}

async function handleRequest(
  deps: KubeletServerDeps,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { runtime, pods, logger } = deps
  request.resume()
  try {
    const { path, parts, query } = await admit(deps, request)
    const [first, ...rest] = parts
    const podPath = parsePodPath(rest, true)
    if (path === '/healthz') return void response.end('ok')
    if (path === '/pods' || path === '/runningpods/') return sendJSON(response, podList(pods))
    if (path === '/stats/summary') return sendJSON(response, await statsSummary(deps))
    if (path === '/metrics') return void response.end(agentMetrics(pods))
    if (path === '/metrics/resource') return void response.end(await resourceMetrics(deps))
    if (first === 'containerLogs' && podPath)
      return await sendContainerLogs(findPod(pods, podPath), containerOf(podPath), query, response, deps)
    if (first === 'run' && podPath && request.method === 'POST')
      return await runCommand(findPod(pods, podPath), containerOf(podPath), query, response, runtime)
    if (first === 'exec' || first === 'attach' || first === 'portForward')
      throw new HTTPError(400, 'Upgrade request required')
    throw new HTTPError(404, '404 page not found')
  } catch (error) {
    if (!(error instanceof HTTPError)) logger.error('a request to the kubelet API failed', { path: request.url, error })
    if (response.headersSent) return void response.destroy()
    response.statusCode = error instanceof HTTPError ? error.status : 500
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    response.end(error instanceof Error ? error.message : String(error))
  }
}

async function handleUpgrade(
  deps: KubeletServerDeps,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const { pods, logger } = deps
  const written = 'bytesWritten' in socket ? socket.bytesWritten : 0
  try {
    const { parts, query } = await admit(deps, request)
    const [first, ...rest] = parts
    const upgrade = { request, socket, head, query }
    const withContainer = parsePodPath(rest, true)
    const withoutContainer = parsePodPath(rest, false)
    if ((first === 'exec' || first === 'attach') && withContainer) {
      return await serveCommandUpgrade(first, findPod(pods, withContainer), containerOf(withContainer), upgrade, deps)
    }
    if (first === 'portForward' && withoutContainer) {
      return await servePortForwardUpgrade(findPod(pods, withoutContainer), upgrade, deps)
    }
    throw new HTTPError(404, '404 page not found')
  } catch (error) {
    const switched = 'bytesWritten' in socket && socket.bytesWritten !== written
    if (!(error instanceof HTTPError)) logger.debug('a stream of the kubelet API broke', { path: request.url, error })
    if (switched) return void socket.destroy()
    const text = error instanceof Error ? error.message : String(error)
    const status = error instanceof HTTPError ? error.status : 500
    const head = [
      `HTTP/1.1 ${status} Error`,
      'content-type: text/plain; charset=utf-8',
      `content-length: ${Buffer.byteLength(text)}`,
      'connection: close',
    ]
    socket.end(`${head.join('\r\n')}\r\n\r\n${text}`)
  }
}

function containerOf({ container }: PodPath): string {
  return container ?? ''
}

function podList(pods: PodSource): unknown {
  return { kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.list() }
}

function sendJSON(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(value))
}
