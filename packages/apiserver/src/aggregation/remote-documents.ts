import type { APIResource } from '@wherry/api'
import { parseJSON } from '@wherry/apimachinery'
import type { UserInfo } from '../registry/resource.ts'
import type { ExtensionServer } from './extension-server.ts'

/** Who looks whether extension servers are there, and what they have. */
export const aggregatorUser: UserInfo = { name: 'system:kube-aggregator', groups: ['system:masters'] }
/** Who reads their OpenAPI documents. */
const openAPIUser: UserInfo = { name: 'system:aggregator', groups: [] }

/** What an extension server said of one group version. */
export interface RemoteDocuments {
  readonly etag: string | undefined
  /** In the form of aggregated discovery. */
  readonly resources: readonly object[]
  /** Where its OpenAPI v3 document is, as its own index says. */
  readonly openAPI: object | undefined
}

const v2Type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'

/**
 * Reads what a server has of a group version: from aggregated discovery, and from the list of resources where the
 * server does not know that. Rejects where neither can be had.
 *
 * As upstream: kube-aggregator `discoveryManager.fetchFreshDiscoveryForService`.
 */
export async function fetchDocuments(
  server: ExtensionServer,
  { group, version }: { readonly group: string; readonly version: string },
  before: RemoteDocuments | undefined,
): Promise<RemoteDocuments> {
  const openAPI = await fetchOpenAPI(server, `apis/${group}/${version}`).catch(() => undefined)
  const known = before?.etag === undefined ? {} : { 'if-none-match': before.etag }
  const answer = await server.get('/apis', aggregatorUser, { accept: v2Type, ...known })
  if (answer.status === 304 && before) return { ...before, openAPI }
  if (answer.status === 503) throw new Error(`service returned non-success response code: ${answer.status}`)
  if (answer.status === 200 && isV2(answer.contentType)) {
    const { items = [] }: { items?: Group[] } = Object(parseJSON(answer.body))
    const found = items
      .find(({ metadata }) => metadata?.name === group)
      ?.versions?.find((one) => one.version === version)
    return { etag: answer.etag, resources: found?.resources ?? [], openAPI }
  }
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const legacy = await server.get(path, aggregatorUser, { accept: 'application/json' })
  if (legacy.status !== 200) throw new Error(`failed to download legacy discovery for ${path}: ${legacy.status}`)
  const { resources = [] }: { resources?: APIResource[] } = Object(parseJSON(legacy.body))
  return { etag: undefined, resources: fromLegacy(resources, group, version), openAPI }
}

interface Group {
  readonly metadata?: { readonly name?: string }
  readonly versions?: readonly { readonly version: string; readonly resources?: readonly object[] }[]
}

function isV2(contentType: string): boolean {
  const parts = new Set(contentType.split(';').map((part) => part.trim()))
  return v2Type.split(';').every((part) => parts.has(part))
}

async function fetchOpenAPI(server: ExtensionServer, name: string): Promise<object | undefined> {
  const answer = await server.get('/openapi/v3', openAPIUser, { accept: 'application/json' })
  if (answer.status !== 200) return undefined
  const { paths = {} }: { paths?: Record<string, object> } = Object(parseJSON(answer.body))
  return Object.hasOwn(paths, name) ? paths[name] : undefined
}

/** As apiserver `endpoints.ConvertGroupVersionIntoToDiscovery`: a subresource stands with its resource. */
function fromLegacy(resources: readonly APIResource[], group: string, version: string): object[] {
  const responseKind = (one: APIResource) => ({
    group: one.group ?? group,
    version: one.version ?? version,
    kind: one.kind,
  })
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((one) => {
      const below = resources.filter(({ name }) => name.startsWith(`${one.name}/`))
      return {
        resource: one.name,
        responseKind: responseKind(one),
        scope: one.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: one.singularName,
        verbs: one.verbs,
        ...(one.shortNames?.length ? { shortNames: one.shortNames } : {}),
        ...(one.categories?.length ? { categories: one.categories } : {}),
        ...(below.length > 0
          ? {
              subresources: below.map((sub) => ({
                subresource: sub.name.slice(one.name.length + 1),
                responseKind: responseKind(sub),
                verbs: sub.verbs,
              })),
            }
          : {}),
      }
    })
}
