import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { SubjectAccessReview, TokenReview } from '@wherry/api'
import type { Client } from '@wherry/client'
import { HTTPError } from './http-error.ts'

export interface KubeletUser {
  name: string
  groups: string[]
  uid?: string
  extra?: Record<string, string[]>
}

/** Whom the kubelet API believes, and who says what they may do; as the kubelet's flags of these names. */
export interface KubeletAuthOptions {
  /** Whether who shows no credentials is `system:anonymous`. */
  anonymous: boolean
  /** Whether the API server is asked about bearer tokens. */
  tokenWebhook: boolean
  mode: 'Webhook' | 'AlwaysAllow'
}

export const defaultAuth: KubeletAuthOptions = { anonymous: false, tokenWebhook: true, mode: 'Webhook' }

/** Who asks, by client certificate, by a token that the API server knows, or as nobody; throws a 401 for all others. */
export async function authenticate(
  request: IncomingMessage,
  client: Client,
  { anonymous, tokenWebhook }: KubeletAuthOptions,
): Promise<KubeletUser> {
  const { socket } = request
  if (socket instanceof TLSSocket && socket.authorized) return certificateUser(socket)
  const [, token] = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
  if (token !== undefined && tokenWebhook) {
    const user = await tokenUser(token, client)
    if (user) return user
  } else if (token === undefined && anonymous) {
    return { name: 'system:anonymous', groups: ['system:unauthenticated'] }
  }
  throw new HTTPError(401, 'Unauthorized')
}

function certificateUser(socket: TLSSocket): KubeletUser {
  const { CN, O } = socket.getPeerCertificate().subject
  const groups: unknown = O
  const list = Array.isArray(groups) ? groups.map(String) : typeof groups === 'string' ? [groups] : []
  return { name: String(CN), groups: [...list, 'system:authenticated'] }
}

async function tokenUser(token: string, client: Client): Promise<KubeletUser | undefined> {
  const review = await client
    .create(TokenReview, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      metadata: {},
      spec: { token },
    })
    .catch(() => undefined)
  const { authenticated, user } = review?.status ?? {}
  if (!authenticated || !user?.username) return undefined
  return {
    name: user.username,
    groups: user.groups ?? [],
    ...(user.uid === undefined ? {} : { uid: user.uid }),
    ...(user.extra === undefined ? {} : { extra: user.extra }),
  }
}

/** Subresources of nodes, as the kubelet's request attributes name them. */
function subresourceOf(path: string): string {
  if (path.startsWith('/stats/')) return 'stats'
  if (path.startsWith('/metrics')) return 'metrics'
  if (path === '/pods') return 'pods'
  if (path === '/healthz') return 'healthz'
  return 'proxy'
}

const verbs: Record<string, string> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

/**
 * Throws a 403 unless the user may do this on the node. The group `system:masters` may; of others the API server is
 * asked, as by a kubelet whose authorization mode is Webhook.
 */
export async function authorize(
  { name, groups, uid, extra }: KubeletUser,
  request: IncomingMessage,
  path: string,
  nodeName: string,
  client: Client,
): Promise<void> {
  if (groups.includes('system:masters')) return
  const verb = verbs[request.method ?? ''] ?? ''
  const subresource = subresourceOf(path)
  const review = await client
    .create(SubjectAccessReview, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: {},
      spec: {
        user: name,
        groups,
        ...(uid === undefined ? {} : { uid }),
        ...(extra === undefined ? {} : { extra }),
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', name: nodeName, subresource },
      },
    })
    .catch(() => undefined)
  if (review?.status?.allowed) return
  throw new HTTPError(403, `Forbidden (user=${name}, verb=${verb}, resource=nodes, subresource(s)=[${subresource}])`)
}
