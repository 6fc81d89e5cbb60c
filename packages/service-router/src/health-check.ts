import { createServer, type Server } from 'node:http'
import type { EndpointSlice, Node, Service } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Logger } from '@wherry/component-base'

interface Check {
  server: Server
  address: string
  port: number
  localEndpoints: number
}

/**
 * Answers on `healthCheckNodePort` of Services with externalTrafficPolicy Local whether a node has endpoints of its
 * own: 200 or 503, with the body that kube-proxy gives, so that load balancers leave nodes without endpoints out.
 */
export class HealthChecks {
  readonly #logger: Logger
  readonly #checks = new Map<string, Map<string, Check>>()

  constructor({ logger }: { logger: Logger }) {
    this.#logger = logger
  }

  async apply(
    key: string,
    service: DeepReadonly<Service>,
    slices: readonly DeepReadonly<EndpointSlice>[],
    nodes: readonly DeepReadonly<Node>[],
  ): Promise<void> {
    const port = service.spec?.healthCheckNodePort
    if (!port) return this.remove(key)
    const wanted = new Map<string, { address: string; name: string | undefined }>(
      nodes.flatMap((node) => {
        const address = node.status?.addresses?.find(({ type }) => type === 'InternalIP')?.address
        return address === undefined ? [] : [[`${address}:${port}`, { address, name: node.metadata.name }] as const]
      }),
    )
    const checks = this.#checks.get(key) ?? new Map<string, Check>()
    this.#checks.set(key, checks)
    for (const [at, check] of checks) {
      if (wanted.has(at)) continue
      checks.delete(at)
      await close(check.server)
    }
    for (const [at, { address, name }] of wanted) {
      const localEndpoints = countReady(slices, name)
      const check = checks.get(at)
      if (check) check.localEndpoints = localEndpoints
      else await this.#open(key, checks, at, { address, port, localEndpoints })
    }
  }

  async remove(key: string): Promise<void> {
    const checks = this.#checks.get(key)
    this.#checks.delete(key)
    await Promise.all([...(checks?.values() ?? [])].map(({ server }) => close(server)))
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.#checks.keys()].map((key) => this.remove(key)))
  }

  async #open(key: string, checks: Map<string, Check>, at: string, rest: Omit<Check, 'server'>): Promise<void> {
    const [namespace = '', name = ''] = key.split('/')
    const server = createServer((_request, response) => {
      const { localEndpoints } = check
      response.writeHead(localEndpoints > 0 ? 200 : 503, { 'content-type': 'application/json' })
      response.end(`${JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy: true })}\n`)
    })
    const check: Check = { server, ...rest }
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(rest.port, rest.address, resolve)
      })
      checks.set(at, check)
    } catch (error) {
      this.#logger.warn('cannot listen for a health check', { service: key, address: at, error })
    }
  }
}

function countReady(slices: readonly DeepReadonly<EndpointSlice>[], node: string | undefined): number {
  const addresses = new Set<string>()
  for (const { endpoints = [] } of slices) {
    for (const { addresses: own, conditions, nodeName } of endpoints) {
      if (nodeName === node && conditions?.ready !== false) for (const address of own) addresses.add(address)
    }
  }
  return addresses.size
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
