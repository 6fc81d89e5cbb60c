import { createHash } from 'node:crypto'
import type { APIGroup } from '@wherry/api'
import { notAcceptable } from '@wherry/apimachinery'
import { type NextFunction, type Request, type Response, Router } from 'express'
import { groupDiscoveryList } from './aggregated-documents.ts'
import { apiGroups, apiResourceList } from './legacy-documents.ts'
import { mergeDiscovery, mergeGroups, type RemoteVersion } from './remote-versions.ts'
import { currentDefinitions, type Definitions, perDefinitions, servedResources } from './served.ts'
import { versionInfo } from './version.ts'

export interface DiscoveryDeps {
  /** A function where they change while the server runs: a new array means new definitions. */
  readonly definitions: Definitions
  /** `host:port` under which clients outside reach the server. */
  readonly serverAddress?: () => string
  /** Paths beyond those of the API, for the list at `/`. */
  readonly otherPaths?: readonly string[]
  /** What other servers have: another array whenever that has changed. */
  readonly remoteVersions?: () => readonly RemoteVersion[]
}

const serverPaths = [
  '/.well-known/openid-configuration',
  '/healthz',
  '/livez',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openid/v1/jwks',
  '/readyz',
  '/version',
]

interface Document {
  readonly json: string
  readonly etag?: string
}

/**
 * Says what the server serves: /api, /apis and below, aggregated discovery on the same two paths, /version and `/`
 * (upstream `apiserver/pkg/endpoints/discovery`). Documents are made when first asked for. Paths of unknown groups are
 * left to the next handler.
 */
export function newDiscovery(deps: DiscoveryDeps): Router {
  const { definitions, serverAddress, otherPaths = [], remoteVersions = () => none } = deps
  const own = perDefinitions(definitions, (current) => newDocuments(servedResources(current), none))
  let merged: { own: Documents; remote: readonly RemoteVersion[]; documents: Documents } | undefined
  const documents = (): Documents => {
    const [mine, remote] = [own(), remoteVersions()]
    if (remote.length === 0) return mine
    if (merged?.own === mine && merged.remote === remote) return merged.documents
    merged = { own: mine, remote, documents: newDocuments(servedResources(currentDefinitions(definitions)), remote) }
    return merged.documents
  }
  const router = Router()

  router.get('/version', (_request, response) => sendJSON(response, JSON.stringify(versionInfo, null, 2)))
  router.get('/', (_request, response) => {
    const paths = [...documents().paths, ...serverPaths, ...otherPaths].sort()
    sendJSON(response, JSON.stringify({ paths }, null, 2))
  })
  router.get('/api', (request, response) => {
    if (wantsAggregated(request)) return sendTagged(request, response, documents().core())
    const addresses = serverAddress ? [{ clientCIDR: '0.0.0.0/0', serverAddress: serverAddress() }] : []
    const body = { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: addresses }
    sendJSON(response, JSON.stringify(body), request)
  })
  router.get('/apis', (request, response) => {
    if (wantsAggregated(request)) return sendTagged(request, response, documents().named())
    sendJSON(response, documents().groupList(), request)
  })
  const send = (request: Request, response: Response, next: NextFunction, json: string | undefined) => {
    if (json === undefined) return next()
    sendJSON(response, json, request)
  }
  router.get('/api/:version', (request, response, next) => {
    send(request, response, next, documents().resources('', request.params.version))
  })
  router.get('/apis/:group', (request, response, next) => {
    send(request, response, next, documents().group(request.params.group))
  })
  router.get('/apis/:group/:version', (request, response, next) => {
    send(request, response, next, documents().resources(request.params.group, request.params.version))
  })
  return router
}

const none: readonly RemoteVersion[] = []

type Documents = ReturnType<typeof newDocuments>

/** Discovery documents of one set of definitions and other servers' versions, each made once. */
function newDocuments(served: ReturnType<typeof servedResources>, remote: readonly RemoteVersion[]) {
  const made = new Map<string, string | undefined>()
  const once = (key: string, make: () => object | undefined): string | undefined => {
    if (!made.has(key)) {
      const value = make()
      made.set(key, value && JSON.stringify(value))
    }
    return made.get(key)
  }
  const groups = mergeGroups(apiGroups(served), remote)
  const discoveryList = (which: 'core' | 'named') => {
    const list = groupDiscoveryList(served, which)
    return which === 'core' ? list : { ...list, items: mergeDiscovery(list.items, remote) }
  }
  const named = (group: APIGroup) => ({ kind: 'APIGroup', apiVersion: 'v1', ...group })
  const tagged = (which: 'core' | 'named'): Document => {
    const json = once(`aggregated ${which}`, () => discoveryList(which)) ?? ''
    return { json, etag: `"${createHash('sha512').update(json).digest('hex').toUpperCase()}"` }
  }
  let core: Document | undefined
  let others: Document | undefined
  return {
    paths: [
      '/api',
      '/api/v1',
      '/apis',
      '/apis/',
      ...groups.flatMap((group) => [
        `/apis/${group.name}`,
        ...group.versions.map(({ groupVersion }) => `/apis/${groupVersion}`),
      ]),
    ],
    core: () => (core ??= tagged('core')),
    named: () => (others ??= tagged('named')),
    groupList: () => once('groups', () => ({ kind: 'APIGroupList', apiVersion: 'v1', groups })) ?? '',
    group: (name: string) =>
      once(`group ${name}`, () => {
        const group = groups.find((one) => one.name === name)
        return group && named(group)
      }),
    resources: (group: string, version: string) => {
      const known = group === '' ? version === 'v1' : groups.some((one) => one.name === group)
      return known ? once(`resources ${group}/${version}`, () => apiResourceList(served, group, version)) : undefined
    },
  }
}

/** Whether the first media type that the client names, and that we have, is the aggregated one; `v2` only. */
function wantsAggregated(request: Request): boolean {
  for (const range of (request.headers.accept ?? '').split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim())
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue
    const value = (name: string) => parameters.find((one) => one.startsWith(`${name}=`))?.slice(name.length + 1)
    if (value('as') === undefined) return false
    if (value('g') === 'apidiscovery.k8s.io' && value('v') === 'v2' && value('as') === 'APIGroupDiscoveryList') {
      return true
    }
  }
  return false
}

function sendTagged(request: Request, response: Response, { json, etag }: Document): void {
  if (etag) response.setHeader('ETag', etag)
  response.setHeader('Vary', 'Accept')
  response.setHeader('Cache-Control', 'public')
  if (request.headers['if-none-match'] === etag) {
    response.statusCode = 304
    response.end()
    return
  }
  response.setHeader('Content-Type', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')
  response.end(json)
}

function sendJSON(response: Response, json: string, request?: Request): void {
  if (request && !acceptsJSON(request.headers.accept)) {
    throw notAcceptable('only the following media types are accepted: application/json')
  }
  response.setHeader('Content-Type', 'application/json')
  response.end(json)
}

function acceptsJSON(accept: string | undefined): boolean {
  if (!accept) return true
  return accept.split(',').some((range) => /^\s*(application\/json|application\/\*|\*\/\*)\s*(;|$)/.test(range))
}
