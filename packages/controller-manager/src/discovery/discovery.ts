import type { Kind } from '@wherry/api'
import type { Client } from '@wherry/client'

/** A kind that the server serves, and what can be done with it. */
export interface ServedKind extends Kind {
  readonly verbs: readonly string[]
}

/** What discovery found. Groups whose server could not be asked are named, not left out silently. */
export interface Discovery {
  kinds: ServedKind[]
  /** Such as `metrics.k8s.io/v1beta1`. */
  failed: string[]
}

interface ResourceDiscovery {
  resource: string
  responseKind?: { kind: string }
  scope: string
  singularResource?: string
  verbs: string[]
}

interface GroupDiscovery {
  metadata?: { name?: string }
  versions?: { version: string; resources?: ResourceDiscovery[]; freshness?: string }[]
}

const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/**
 * Every kind of every group, in the version that the server prefers. Throws when the server does not answer.
 * As client-go's `ServerPreferredResources`.
 */
export async function discover(client: Client, signal: AbortSignal): Promise<Discovery> {
  const [core, groups] = await Promise.all(['/api', '/apis'].map((path) => groupsOf(client, path, signal)))
  const found: Discovery = { kinds: [], failed: [] }
  for (const group of [...(core ?? []), ...(groups ?? [])]) addGroup(found, group)
  return found
}

async function groupsOf(client: Client, path: string, signal: AbortSignal): Promise<GroupDiscovery[]> {
  const response = await client.request({ method: 'GET', path, headers: { accept }, signal })
  if (response.status !== 200) throw new Error(`discovery: GET ${path} answered ${response.status}`)
  // The server was asked for this type and named it in its answer.
  const list = JSON.parse(response.body.toString('utf8')) as { items?: GroupDiscovery[] }
  return list.items ?? []
}

function addGroup({ kinds, failed }: Discovery, { metadata, versions = [] }: GroupDiscovery): void {
  const group = metadata?.name ?? ''
  const seen = new Set<string>()
  for (const { version, resources = [], freshness } of versions) {
    if (freshness === 'Stale') failed.push(group === '' ? version : `${group}/${version}`)
    for (const { resource, responseKind, scope, singularResource = '', verbs } of resources) {
      if (seen.has(resource)) continue
      seen.add(resource)
      const kind = responseKind?.kind ?? ''
      const namespaced = scope === 'Namespaced'
      kinds.push({ group, version, kind, resource, singular: singularResource, namespaced, typeName: '', verbs })
    }
  }
}
