import { typeName } from './names.mjs'

const verbs = {
  list: 'list',
  get: 'get',
  post: 'create',
  put: 'update',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deletecollection',
  connect: 'connect',
  watch: 'watch',
  watchlist: 'watch',
}
const verbOrder = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch', 'connect']

/** One row per served group, version and resource, with its verbs and subresources, from the list of operations. */
export function resourceTable(operations, definitions) {
  const typeOf = new Map()
  for (const [name, definition] of Object.entries(definitions)) {
    const kinds = definition['x-kubernetes-group-version-kind'] ?? []
    if (kinds.length === 1) typeOf.set(`${kinds[0].group}/${kinds[0].version}/${kinds[0].kind}`, typeName(name))
  }
  const rows = new Map()
  for (const line of operations.split('\n').slice(1)) {
    const [, path = '', action = '', gvk = ''] = line.split('\t')
    const match = /^\/(?:api\/(v1)|apis\/([^/]+)\/([^/]+))\/(?:watch\/)?(.+)$/.exec(path)
    if (!match || !action || !gvk) continue
    const group = match[2] ?? ''
    const version = match[1] ?? match[3]
    const parts = match[4].split('/').filter((part) => part !== '')
    const namespaced = parts[0] === 'namespaces' && parts[1] === '{namespace}'
    const [resource, , subresource] = namespaced ? parts.slice(2) : parts
    const key = `${group}/${version}/${resource}`
    const row = rows.get(key) ?? {
      group,
      version,
      resource,
      kind: '',
      namespaced: false,
      verbs: new Set(),
      subresources: new Map(),
    }
    rows.set(key, row)
    row.namespaced ||= namespaced
    const [kind, kindVersion, kindGroup = ''] = gvk.split('/').reverse()
    if (subresource) {
      const sub = row.subresources.get(subresource) ?? {
        name: subresource,
        group: kindGroup,
        version: kindVersion,
        kind,
        verbs: new Set(),
      }
      sub.verbs.add(verbs[action])
      row.subresources.set(subresource, sub)
    } else {
      row.kind = kind
      row.verbs.add(verbs[action])
    }
  }
  const ordered = (set) => verbOrder.filter((verb) => set.has(verb))
  return [...rows.values()]
    .filter((row) => row.kind !== '')
    .map((row) => ({
      group: row.group,
      version: row.version,
      kind: row.kind,
      resource: row.resource,
      singular: row.kind.toLowerCase(),
      namespaced: row.namespaced,
      typeName: typeOf.get(`${row.group}/${row.version}/${row.kind}`) ?? '',
      verbs: ordered(row.verbs),
      subresources: [...row.subresources.values()].map((sub) => ({ ...sub, verbs: ordered(sub.verbs) })),
    }))
    .sort(
      (a, b) =>
        a.group.localeCompare(b.group) || a.version.localeCompare(b.version) || a.resource.localeCompare(b.resource),
    )
}
