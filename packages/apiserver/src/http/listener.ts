import { randomUUID } from 'node:crypto'
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { unknownPath } from '@wherry/apimachinery'
import express, { type NextFunction, Router } from 'express'
import type { Authenticator } from '../authn/authenticator.ts'
import { impersonatedUser } from '../authn/impersonation.ts'
import { type AuthorizationAttributes, forbiddenError } from '../authz/authorizer.ts'
import type { ServerMetrics } from '../metrics/server-metrics.ts'
import type { UserInfo } from '../registry/resource.ts'
import { isBuiltInGroup } from './built-in-groups.ts'
import type { Delegation } from './delegation.ts'
import { PageNotFound, respondError, respondNotFound, statusOf } from './errors.ts'
import type { Exchange } from './exchange.ts'
import { type RequestInfo, requestInfoOf } from './request-info.ts'
import type { ServerContext } from './server-context.ts'

export interface ListenerDeps {
  readonly context: ServerContext
  readonly authenticator: Authenticator
  readonly metrics: ServerMetrics
  /** Answers requests for resources. */
  readonly resources: (exchange: Exchange) => Promise<void>
  /** Other servers that come first; undefined while there are none. */
  readonly delegation: () => Delegation | undefined
  /** Answer all other paths, the first that knows one. */
  readonly routers: readonly Router[]
}

export interface Listener {
  request(request: IncomingMessage, response: ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Resolves when no request waits for its answer; those that last, such as watches, do not count. */
  idle(): Promise<void>
}

/** A router as node:http calls it; a method's type, since express names its own requests, which extend node's. */
type Front = { handle(request: IncomingMessage, response: ServerResponse, next: NextFunction): void }['handle']

/**
 * The outermost frame of every request: who asks, whether they may, and that each gets an answer whatever goes wrong.
 * Requests for resources are answered in the first of express's routers. Only what is not for a resource goes on to the
 * application, which gives requests and responses express's prototypes: that alone costs as much as a whole GET.
 */
export function newListener(deps: ListenerDeps): Listener {
  const { context, authenticator, metrics, resources, delegation, routers } = deps
  const { authorizer, clock, logger } = context
  const active = { requests: 0, whenIdle: () => {} }

  async function userOf(request: IncomingMessage, info: RequestInfo): Promise<UserInfo> {
    const authenticated = await authenticator.authenticate(request)
    const attributes = attributesOf(info)
    const user = impersonates(request)
      ? impersonatedUser(authenticated, request.headersDistinct, attributes, authorizer)
      : authenticated
    const { allowed, reason } = authorizer.authorize(user, attributes)
    if (!allowed) throw forbiddenError(user, attributes, reason)
    return user
  }

  /** Runs `work` for a request; `info` is what could be read of it. */
  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    upgrade: Exchange['upgrade'],
    next: () => void,
  ): Promise<void> {
    const begun = clock.now()
    const warnings = new Set<string>()
    response.setHeader('Audit-Id', auditId(request))
    let info: RequestInfo | undefined
    let lasts = true
    try {
      info = requestInfoOf(request.method ?? 'GET', request.url ?? '/')
      const user = await userOf(request, info)
      const delegate = delegation()?.handlerOf(info)
      if (!info.isResource && !delegate) return next()
      lasts = info.verb === 'watch' || upgrade !== undefined || streams.has(info.subresource)
      if (!lasts) active.requests++
      await (delegate ?? resources)(new RequestExchange(request, response, info, user, warnings, upgrade))
    } catch (error) {
      if (error instanceof PageNotFound && !response.headersSent) respondNotFound(response)
      else respondError(request, response, statusOf(error, logger, request), warnings)
    }
    if (!lasts && --active.requests === 0) active.whenIdle()
    if (info?.isResource) metrics.record(info, response.statusCode, lasts ? undefined : (clock.now() - begun) / 1000)
  }

  const fail = (request: IncomingMessage, response: ServerResponse, error: unknown) =>
    respondError(request, response, statusOf(error, logger, request), new Set())

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  for (const router of routers) app.use(router)
  app.use((request, response) => {
    if (isRouted(request.url)) fail(request, response, unknownPath())
    else respondNotFound(response)
  })
  app.use((error: unknown, request: IncomingMessage, response: ServerResponse, _next: NextFunction) => {
    // Bytes in a path that are no text: nothing is called that.
    if (error instanceof URIError) respondNotFound(response)
    else fail(request, response, error)
  })
  const router = Router()
  router.use((request, response, next) => answer(request, response, undefined, next))
  router.use(app)
  const front: Front = router

  return {
    request: (request, response) => front(request, response, (error) => fail(request, response, error)),
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      const response = responseOn(request, socket)
      const left = () => app(request, response)
      // Only resources change protocols; a client that asks for it elsewhere gets plain HTTP.
      answer(request, response, { socket, head }, left).catch((error: unknown) => fail(request, response, error))
    },
    idle: () =>
      new Promise((resolve) => {
        active.whenIdle = resolve
        if (active.requests === 0) resolve()
      }),
  }
}

/** Answers on the socket of a request that wanted to leave HTTP, when it stays HTTP after all. */
function responseOn(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  // Node types the socket of an upgrade as any duplex stream; that of a server is a network socket.
  response.assignSocket(request.socket)
  response.on('finish', () => socket.end())
  return response
}

const streams = new Set(['exec', 'attach', 'portforward', 'proxy', 'log'])

class RequestExchange implements Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly info: RequestInfo
  readonly user: UserInfo
  readonly warnings: Set<string>
  readonly upgrade: Exchange['upgrade']
  #controller: AbortController | undefined

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    info: RequestInfo,
    user: UserInfo,
    warnings: Set<string>,
    upgrade: Exchange['upgrade'],
  ) {
    this.request = request
    this.response = response
    this.info = info
    this.user = user
    this.warnings = warnings
    this.upgrade = upgrade
  }

  /** Made when it is first asked for: most requests are over before anyone does. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController()
      this.#controller = controller
      const stop = () => controller.abort()
      if (this.upgrade) this.upgrade.socket.on('close', stop)
      else this.response.on('close', stop)
      if (this.request.socket.destroyed) stop()
    }
    return this.#controller.signal
  }
}

/** Whether a path is below one of the groups that the server has itself, which answer with a Status. */
function isRouted(url: string): boolean {
  const [, prefix, group = ''] = (url.split('?')[0] ?? '').split('/')
  return prefix === 'api' || (prefix === 'apis' && group !== '' && isBuiltInGroup(group))
}

function auditId({ headers }: IncomingMessage): string {
  const given = headers['audit-id']
  return typeof given === 'string' && given !== '' ? given.slice(0, 64) : randomUUID()
}

function impersonates({ headers }: IncomingMessage): boolean {
  for (const name in headers) if (name.startsWith('impersonate-')) return true
  return false
}

function attributesOf(info: RequestInfo): AuthorizationAttributes {
  return {
    verb: info.verb,
    path: info.path,
    resourceRequest: info.isResource,
    apiGroup: info.group,
    apiVersion: info.version,
    resource: info.resource,
    subresource: info.subresource,
    name: info.name,
    namespace: info.namespace,
    ...(selecting.has(info.verb) && { fieldSelector: info.query.get('fieldSelector') ?? '' }),
  }
}

/** Verbs for several objects, of which a selector names some. */
const selecting = new Set(['list', 'watch', 'deletecollection'])
