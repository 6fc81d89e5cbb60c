import { type ResourceInfo, type SubresourceInfo, typeInfo } from '@wherry/api'
import type { ServedResource } from '../discovery/served.ts'
import { customType } from './custom-schemas.ts'

export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch'

/** One operation of the API, in neither dialect. */
export interface Operation {
  readonly path: string
  readonly method: Method
  /** `list`, `post`, `deletecollection`, `get`, `put`, `patch`, `delete` or `connect`. */
  readonly action: string
  readonly id: string
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  readonly query: readonly string[]
  /** The type of the body; `patch` takes any document. */
  readonly body?: string
  /** The type that is answered; text where it is undefined. */
  readonly answer?: string
  readonly description: string
  /** Whether the kind is a custom one, which has fewer representations. */
  readonly custom?: boolean
}

const meta = 'apimachinery.pkg.apis.meta.v1'
const writeQuery = ['dryRun', 'fieldManager', 'fieldValidation']
const deleteQuery = [
  'dryRun',
  'gracePeriodSeconds',
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'orphanDependents',
  'propagationPolicy',
]
const selectQuery = [
  'continue',
  'fieldSelector',
  'labelSelector',
  'limit',
  'resourceVersion',
  'resourceVersionMatch',
  'sendInitialEvents',
  'timeoutSeconds',
]
const listQuery = ['allowWatchBookmarks', ...selectQuery, 'watch']

const streamQuery = ['stderr', 'stdin', 'stdout', 'tty']
const subresourceQueries: Readonly<Record<string, readonly string[]>> = {
  attach: ['container', ...streamQuery],
  exec: ['command', 'container', ...streamQuery],
  log: [
    'container',
    'follow',
    'insecureSkipTLSVerifyBackend',
    'limitBytes',
    'previous',
    'sinceSeconds',
    'sinceTime',
    'stream',
    'tailLines',
    'timestamps',
  ],
  portforward: ['ports'],
  proxy: ['path'],
}

/** Everything that can be asked of a served resource. */
export function operationsOf(served: ServedResource): Operation[] {
  const { definition } = served
  if (!definition?.schema) return operationsOn(served.info, listTypeOf(served.info))
  const info = { ...served.info, typeName: customType(served.info, served.info.kind) }
  const operations = operationsOn(info, customType(info, definition.schema.listKind))
  return operations.map((operation) => ({ ...operation, custom: true }))
}

function operationsOn(info: ResourceInfo, listType: string): Operation[] {
  const place = pathsOf(info)
  const own = { kind: { group: info.group, version: info.version, kind: info.kind } }
  const all: Operation[] = []
  const add = (verb: string, operation: Operation) => {
    if (info.verbs.includes(verb)) all.push(operation)
  }
  const id = (verb: string, rest = '') => `${verb}${groupName(info)}${rest}${place.scope}${info.kind}`
  const list = { ...own, method: 'get', action: 'list', query: listQuery, answer: listType } as const
  const listing = `list or watch objects of kind ${info.kind}`
  add('list', { ...list, path: place.collection, id: id('list'), description: listing })
  if (info.namespaced) {
    const allNamespaces = `list${groupName(info)}${info.kind}ForAllNamespaces`
    add('list', { ...list, path: place.everywhere, id: allNamespaces, description: listing })
  }
  const body = info.typeName
  const answer = info.typeName
  add('create', {
    ...own,
    path: place.collection,
    method: 'post',
    action: 'post',
    id: id('create'),
    query: writeQuery,
    body,
    answer,
    description: `create ${article(info.kind)}`,
  })
  add('deletecollection', {
    ...own,
    path: place.collection,
    method: 'delete',
    action: 'deletecollection',
    id: id('delete', 'Collection'),
    query: [...deleteQuery, ...selectQuery].sort(),
    body: `${meta}.DeleteOptions`,
    answer: `${meta}.Status`,
    description: `delete collection of ${info.kind}`,
  })
  all.push(
    ...objectOperations({
      info,
      verbs: info.verbs,
      path: place.object,
      type: info.typeName,
      id: (v) => id(v),
      kind: own.kind,
    }),
  )
  return [...all, ...info.subresources.flatMap((sub) => subresourceOperations(info, sub))]
}

interface ObjectPlace {
  readonly info: ResourceInfo
  readonly verbs: readonly string[]
  readonly path: string
  readonly type: string
  readonly kind: Operation['kind']
  id(verb: string): string
  /** Such as `status of the specified`. */
  readonly part?: string
}

function objectOperations({ info, verbs, path, type, kind, id, part = 'the specified' }: ObjectPlace): Operation[] {
  const all: Operation[] = []
  const what = `${part} ${info.kind}`
  const base = { path, kind, answer: type }
  if (verbs.includes('get')) {
    all.push({ ...base, method: 'get', action: 'get', id: id('read'), query: [], description: `read ${what}` })
  }
  if (verbs.includes('update')) {
    all.push({
      ...base,
      method: 'put',
      action: 'put',
      id: id('replace'),
      query: writeQuery,
      body: type,
      description: `replace ${what}`,
    })
  }
  if (verbs.includes('patch')) {
    all.push({
      ...base,
      method: 'patch',
      action: 'patch',
      id: id('patch'),
      query: [...writeQuery, 'force'],
      body: `${meta}.Patch`,
      description: `partially update ${what}`,
    })
  }
  if (verbs.includes('delete')) {
    all.push({
      ...base,
      answer: `${meta}.Status`,
      method: 'delete',
      action: 'delete',
      id: id('delete'),
      query: deleteQuery,
      body: `${meta}.DeleteOptions`,
      description: `delete ${article(info.kind)}`,
    })
  }
  return all
}

function subresourceOperations(info: ResourceInfo, sub: SubresourceInfo): Operation[] {
  const { object, scope } = pathsOf(info)
  const path = `${object}/${sub.name}`
  const kind = { group: sub.group, version: sub.version, kind: sub.kind }
  const suffix = `${scope}${info.kind}${subresourceTitle(sub.name)}`
  const id = (verb: string) => `${verb}${groupName(info)}${suffix}`
  if (sub.verbs.includes('connect')) return connectOperations(info, sub, path, suffix, kind)
  const type = subresourceType(info, sub)
  if (sub.name === 'log') {
    const query = subresourceQueries.log ?? []
    return [
      {
        path,
        method: 'get',
        action: 'get',
        id: id('read'),
        kind,
        query,
        description: `read log of the specified ${info.kind}`,
      },
    ]
  }
  const part = `${sub.name} of the specified`
  const all = objectOperations({ info, verbs: sub.verbs, path, type, kind, id, part })
  if (sub.verbs.includes('create')) {
    all.push({
      path,
      kind,
      method: 'post',
      action: 'post',
      id: id('create'),
      query: writeQuery,
      body: type,
      answer: type,
      description: `create ${sub.name} of ${article(info.kind)}`,
    })
  }
  return all
}

function connectOperations(
  info: ResourceInfo,
  sub: SubresourceInfo,
  path: string,
  suffix: string,
  kind: Operation['kind'],
): Operation[] {
  const methods: Method[] =
    sub.name === 'proxy' ? ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] : ['get', 'post']
  const query = info.kind === 'Pod' || sub.name === 'proxy' ? (subresourceQueries[sub.name] ?? []) : []
  const at = (where: string, end: string): Operation[] =>
    methods.map((method) => ({
      path: where,
      method,
      action: 'connect',
      id: `connect${groupName(info)}${title(method)}${suffix}${end}`,
      kind,
      query,
      description: `connect ${method.toUpperCase()} requests to ${sub.name} of ${info.kind}`,
    }))
  return sub.name === 'proxy' ? [...at(path, ''), ...at(`${path}/{path}`, 'WithPath')] : at(path, '')
}

function pathsOf({ group, version, resource, namespaced }: ResourceInfo) {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const collection = namespaced ? `${root}/namespaces/{namespace}/${resource}` : `${root}/${resource}`
  return {
    collection,
    everywhere: `${root}/${resource}`,
    object: `${collection}/{name}`,
    scope: namespaced ? 'Namespaced' : '',
  }
}

/** `RbacAuthorizationV1` of `rbac.authorization.k8s.io/v1`: how operations are named. */
export function groupName({ group, version }: { group: string; version: string }): string {
  const parts = group === '' ? ['core'] : group.replace(/\.k8s\.io$/, '').split('.')
  return parts.map(title).join('') + title(version)
}

/** What clients generate classes from, such as `rbacAuthorization_v1`. */
export function tagOf({ group, version }: { group: string; version: string }): string {
  const name = groupName({ group, version: '' })
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}_${version}`
}

function title(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}

function subresourceTitle(name: string): string {
  return name === 'ephemeralcontainers' ? 'Ephemeralcontainers' : title(name)
}

function article(kind: string): string {
  return `${/^[AEIOU]/.test(kind) ? 'an' : 'a'} ${kind}`
}

function listTypeOf({ typeName }: ResourceInfo): string {
  return typeInfo(`${typeName}List`) ? `${typeName}List` : typeName
}

/** The type of what a subresource reads and writes. */
function subresourceType(info: ResourceInfo, sub: SubresourceInfo): string {
  if (sub.kind === info.kind) return info.typeName
  const packageName = sub.group === '' ? 'core' : (sub.group.split('.')[0] ?? '')
  return `api.${packageName}.${sub.version}.${sub.kind}`
}
