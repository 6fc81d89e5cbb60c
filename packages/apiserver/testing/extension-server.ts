import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { newTestAuthority } from './certificates.ts'

export interface ExtensionRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The common name of the certificate that the client showed. */
  readonly client: string | undefined
  readonly body: string
}

export interface TestExtensionServer {
  readonly port: number
  /** The CA of its certificate, as APIServices carry it. */
  readonly caBundle: string
  /** All requests that it was sent, in order. */
  readonly requests: ExtensionRequest[]
  /** What discovery and the health check get; 200 unless changed. */
  status: number
  close(): Promise<void>
}

export interface ExtensionOptions {
  readonly group: string
  readonly version: string
  /** The `<name>.<namespace>.svc` that its certificate is for. */
  readonly dnsName: string
  /** Whose client certificates are asked for, in PEM. */
  readonly clientCA?: string
  /** Without it the server knows only the older lists of groups and resources. */
  readonly aggregatedDiscovery?: boolean
}

/** An extension API server on loopback: a group version with the one resource `fischers`, which echoes. */
export async function startExtensionServer(options: ExtensionOptions): Promise<TestExtensionServer> {
  const { group, version, dnsName, clientCA, aggregatedDiscovery = true } = options
  const authority = newTestAuthority(Date.now())
  const requests: ExtensionRequest[] = []
  const state = { status: 200 }
  const documents = documentsOf(group, version)
  const sockets = new Set<Duplex>()
  const server = createServer(
    {
      ...authority.issue('extension', { dnsNames: [dnsName] }),
      ...(clientCA === undefined ? {} : { ca: clientCA, requestCert: true, rejectUnauthorized: false }),
    },
    async (request: IncomingMessage, response: ServerResponse) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { method = '', url = '', headers } = request
      const { socket } = request
      const client = socket instanceof TLSSocket ? commonNameOf(socket) : undefined
      const path = url.split('?')[0] ?? ''
      requests.push({ method, path: url, headers, client, body: Buffer.concat(chunks).toString() })
      const send = (status: number, body: unknown, type = 'application/json', more: Record<string, string> = {}) => {
        response.writeHead(status, { 'content-type': type, ...more })
        response.end(JSON.stringify(body))
      }
      if (state.status !== 200) return send(state.status, {})
      if (path === '/apis' && aggregatedDiscovery && headers.accept?.includes('as=APIGroupDiscoveryList')) {
        if (headers['if-none-match'] === '"one"') return send(304, undefined)
        return send(200, documents.aggregated, documents.aggregatedType, { etag: '"one"' })
      }
      if (path === `/apis/${group}/${version}`) return send(200, documents.resources)
      if (path === '/openapi/v3' && aggregatedDiscovery) return send(200, documents.openAPIIndex)
      if (path === `/openapi/v3/apis/${group}/${version}`) return send(200, { openapi: '3.0.0', of: group })
      if (path.startsWith(`/apis/${group}/${version}/`)) return send(method === 'POST' ? 201 : 200, { kind: 'Fischer' })
      return send(404, { kind: 'Status' })
    },
  )
  server.on('upgrade', (request, socket) => {
    requests.push({
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      client: undefined,
      body: '',
    })
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port }: Partial<AddressInfo> = Object(server.address())
  return {
    port: port ?? 0,
    caBundle: Buffer.from(authority.ca).toString('base64'),
    requests,
    get status() {
      return state.status
    },
    set status(status) {
      state.status = status
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Who shows no certificate has no subject. */
function commonNameOf(socket: TLSSocket): string | undefined {
  const { subject }: { subject?: { CN?: string | string[] } } = socket.getPeerCertificate()
  return subject?.CN === undefined ? undefined : String(subject.CN)
}

function documentsOf(group: string, version: string) {
  const resource = {
    name: 'fischers',
    singularName: 'fischer',
    namespaced: true,
    kind: 'Fischer',
    verbs: ['get', 'list'],
  }
  return {
    aggregatedType: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    aggregated: {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      metadata: {},
      items: [
        {
          metadata: { name: group },
          versions: [
            {
              version,
              resources: [
                {
                  resource: resource.name,
                  responseKind: { group, version, kind: resource.kind },
                  scope: 'Namespaced',
                  singularResource: resource.singularName,
                  verbs: resource.verbs,
                },
              ],
              freshness: 'Current',
            },
          ],
        },
      ],
    },
    resources: {
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: `${group}/${version}`,
      resources: [resource, { ...resource, name: 'fischers/status', singularName: '' }],
    },
    openAPIIndex: {
      paths: {
        [`apis/${group}/${version}`]: { serverRelativeURL: `/openapi/v3/apis/${group}/${version}?hash=A` },
        version: { serverRelativeURL: '/openapi/v3/version?hash=B' },
      },
    },
  }
}
