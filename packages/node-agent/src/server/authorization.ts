import type { IncomingMessage } from 'node:http'
import { TLSSocket } from 'node:tls'
import { SubjectAccessReview } from '@wherry/api'
import type { Client } from '@wherry/client'
import { HTTPError } from './http-error.ts'

export interface KubeletUser {
  name: string
  groups: string[]
}

/** Who the client's certificate says it is; throws a 401 without one that the CA has signed. */
export function authenticate(request: IncomingMessage): KubeletUser {
  const { socket } = request
  if (!(socket instanceof TLSSocket) || !socket.authorized) throw new HTTPError(401, 'Unauthorized')
  const { CN, O } = socket.getPeerCertificate().subject
  const groups: unknown = O
  const list = Array.isArray(groups) ? groups.map(String) : typeof groups === 'string' ? [groups] : []
  return { name: String(CN), groups: [...list, 'system:authenticated'] }
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
  { name, groups }: KubeletUser,
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
        resourceAttributes: { verb, version: 'v1', resource: 'nodes', name: nodeName, subresource },
      },
    })
    .catch(() => undefined)
  if (review?.status?.allowed) return
  throw new HTTPError(403, `Forbidden (user=${name}, verb=${verb}, resource=nodes, subresource(s)=[${subresource}])`)
}
