import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { createServer as createTLSServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Pod } from '@wherry/api'
import type { Clock, Logger } from '@wherry/component-base'
import type { ContainerRuntime } from '../runtime/cri.ts'

export interface KubeletServerTLS {
  cert: string
  key: string
  /** Present: a client must show a certificate of this CA. */
  clientCA?: string
}

export interface KubeletServerDeps {
  runtime: ContainerRuntime
  clock: Clock
  logger: Logger
  config: { nodeIP: string; port: number; tls?: KubeletServerTLS }
  pods: () => Pod[]
}

export interface KubeletServer {
  port: number
  close(): Promise<void>
}

/** The kubelet API. Answers /healthz and /pods; every other path gets 501, upgrades included. */
export async function startKubeletServer({ config, pods }: KubeletServerDeps): Promise<KubeletServer> {
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const path = new URL(request.url ?? '/', 'http://kubelet').pathname
    if (path === '/healthz') return void response.end('ok')
    if (path === '/pods') {
      response.setHeader('content-type', 'application/json')
      return void response.end(JSON.stringify({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods() }))
    }
    response.statusCode = 501
    response.end(`${path} is not implemented by this node agent\n`)
  }
  const { tls } = config
  const server = tls
    ? createTLSServer(
        {
          cert: tls.cert,
          key: tls.key,
          ...(tls.clientCA ? { ca: tls.clientCA, requestCert: true, rejectUnauthorized: true } : {}),
        },
        handle,
      )
    : createServer(handle)
  server.on('upgrade', (_request, socket) => {
    socket.end('HTTP/1.1 501 Not Implemented\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port, config.nodeIP, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
