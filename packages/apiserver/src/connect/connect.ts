import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { badRequest, forbidden, methodNotSupported } from '@wherry/apimachinery'
import { type Random, realRandom } from '@wherry/component-base'
import { type Authorizer, resourceAttributes } from '../authz/authorizer.ts'
import type { Behaviours, ObjectKey } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import { type Backend, hostHeader } from './backend.ts'
import { forwardRequest, forwardUpgrade } from './forward.ts'
import { type KubeletClient, kubeletBackend } from './kubelet.ts'
import { sendLog, sendLogOverWebSocket } from './log.ts'
import { logPath } from './log-options.ts'
import { findPod, nodeOf, portForwardPath, streamPath } from './pod-streams.ts'
import { proxyBackend } from './proxy-target.ts'

export type { KubeletClient } from './kubelet.ts'

export interface ConnectTarget {
  /** `pods`, `services` or `nodes`. */
  readonly resource: string
  /** `log`, `exec`, `attach`, `portforward` or `proxy`. */
  readonly subresource: string
  readonly key: ObjectKey
  readonly user: UserInfo
  readonly query: URLSearchParams
}

export interface ConnectDeps {
  readonly behaviours: Behaviours
  readonly kubelet: KubeletClient
  /** Asked whether who only reads may do what changes; absent: nobody is asked. */
  readonly authorizer?: Authorizer
  readonly random?: Random
}

/**
 * Subresources that are streams: the server finds the kubelet or the endpoint, and passes bytes on. Exec, attach and
 * port-forward speak their protocol with the kubelet, be it WebSocket or SPDY. Both functions throw `StatusError` only
 * while nothing has been written, and resolve when the stream is over. The request's body must not have been read.
 */
export interface Connect {
  handle(request: IncomingMessage, response: ServerResponse, target: ConnectTarget): Promise<void>
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, target: ConnectTarget): Promise<void>
}

export function newConnect({ behaviours, kubelet, authorizer, random = realRandom }: ConnectDeps): Connect {
  const proxyTo = (request: IncomingMessage, target: ConnectTarget): Backend =>
    proxyBackend(behaviours, { ...target, path: proxiedPath(request).path }, kubelet, random)

  /**
   * A WebSocket begins with a GET, which was authorized as `get`: what it leads to is `create` all the same (upstream
   * `pkg/registry/core/pod/rest/authorization.go`, AuthorizePodWebsocketUpgradeCreatePermission).
   */
  const mustCreate = ({ method }: IncomingMessage, { resource, subresource, key, user }: ConnectTarget): void => {
    if (method === 'POST' || !authorizer) return
    const { name, namespace = '' } = key
    const { allowed, reason } = authorizer.authorize(
      user,
      resourceAttributes({ verb: 'create', apiVersion: 'v1', resource, subresource, name, namespace }),
    )
    if (!allowed) throw forbidden({ group: '', resource }, name, reason)
  }

  /** The kubelet's address of a pod's stream. */
  const streamTo = (request: IncomingMessage, target: ConnectTarget): Backend => {
    mustCreate(request, target)
    const { subresource, key, query } = target
    const pod = findPod(behaviours, key)
    if (subresource === 'portforward') {
      return kubeletBackend(behaviours, nodeOf(pod), portForwardPath(pod, query), kubelet)
    }
    if (subresource !== 'exec' && subresource !== 'attach') {
      throw methodNotSupported({ group: '', resource: `pods/${subresource}` }, 'connect')
    }
    const path = streamPath(subresource, pod, query)
    return kubeletBackend(behaviours, nodeOf(pod), path, kubelet)
  }

  /** Undefined while the pod has no node: its log is empty. */
  const logFrom = ({ key, query }: ConnectTarget): Backend | undefined => {
    const pod = findPod(behaviours, key)
    const path = logPath(pod, query)
    return pod.spec?.nodeName ? kubeletBackend(behaviours, pod.spec.nodeName, path, kubelet) : undefined
  }

  return {
    async handle(request, response, target) {
      if (target.subresource === 'proxy') {
        const { path, prefix } = proxiedPath(request)
        const reads = request.method === 'GET' || request.method === 'HEAD'
        if (reads && (path === '' || path.startsWith('?'))) return redirectToRoot(request, response)
        const backend = proxyTo(request, target)
        const hosts = [request.headers.host ?? '', hostHeader(backend)]
        return forwardRequest(request, response, backend, {
          headers: {
            host: request.headers.host,
            'x-forwarded-uri': `${prefix}${path.split('?')[0]}`,
            ...forwardedFor(request),
          },
          rewriting: { prefix, hosts },
        })
      }
      if (target.subresource === 'log') {
        const backend = logFrom(target)
        if (backend) return sendLog(response, backend, target.key.name)
        response.writeHead(200, { 'content-type': 'text/plain' })
        response.end()
        return
      }
      streamTo(request, target)
      throw badRequest('Upgrade request required')
    },
    async upgrade(request, socket, head, target) {
      if (target.subresource === 'proxy') return forwardUpgrade(request, socket, head, proxyTo(request, target))
      if (target.subresource !== 'log') return forwardUpgrade(request, socket, head, streamTo(request, target))
      const backend = logFrom(target)
      if (!backend) throw badRequest(`pod ${target.key.name} does not have a host assigned`)
      return sendLogOverWebSocket(request, socket, head, backend, target.key.name)
    },
  }
}

/** The addresses that a request has come through. */
function forwardedFor({ headers, socket }: IncomingMessage): { 'x-forwarded-for': string } {
  const before = headers['x-forwarded-for']
  const all = [...[before ?? []].flat(), socket.remoteAddress ?? ''].filter((address) => address !== '')
  return { 'x-forwarded-for': all.join(', ') }
}

/** A request's own path, split after `/proxy`; a router may have cut `url`. */
function proxiedPath(request: IncomingMessage & { originalUrl?: string }): { prefix: string; path: string } {
  const url = request.originalUrl ?? request.url ?? ''
  const match = /^(\/api\/v1\/(?:namespaces\/[^/]+\/)?(?:pods|services|nodes)\/[^/]+\/proxy)(.*)$/.exec(url)
  return { prefix: match?.[1] ?? '', path: match?.[2] ?? '/' }
}

/** Relative links of a page at the root work only below a slash. */
function redirectToRoot(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): void {
  const [path = '', query] = (request.originalUrl ?? request.url ?? '').split('?')
  response.writeHead(301, { location: `${path}/${query === undefined ? '' : `?${query}`}` })
  response.end()
}
