import { badRequest, parseFieldSelector } from '@wherry/apimachinery'

/** What a request asks for, read from its method, path and query. As upstream: endpoints/request, `RequestInfo`. */
export interface RequestInfo {
  readonly path: string
  readonly query: URLSearchParams
  /** Whether the path is one of a resource, rather than `/healthz` or `/apis`. */
  readonly isResource: boolean
  /** A Kubernetes verb for resources (`get`, `list`, `watch`, `create`, …), the method in lower case otherwise. */
  readonly verb: string
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** From the resource's name in the path on. */
  readonly parts: readonly string[]
  /** Whether the verb stands in the path, as in `/api/v1/watch/pods`. */
  readonly verbInPath: boolean
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}
const namespaceSubresources = new Set(['status', 'finalize'])
const noQuery = new URLSearchParams()
const nothing = {
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  parts: [],
  verbInPath: false,
}

/** Throws 400 for a path whose percent-encoding is broken. */
export function requestInfoOf(method: string, url: string): RequestInfo {
  const mark = url.indexOf('?')
  const path = decode(mark < 0 ? url : url.slice(0, mark))
  const query = mark < 0 ? noQuery : new URLSearchParams(url.slice(mark + 1))
  const plain: RequestInfo = { path, query, isResource: false, verb: method.toLowerCase(), ...nothing }
  const parts = path.replace(/^\/+|\/+$/g, '').split('/')
  const [prefix, ...rest] = parts
  if (prefix === 'api' && rest.length >= 2) return resourceInfo(method, plain, '', rest)
  if (prefix === 'apis' && rest.length >= 3) return resourceInfo(method, plain, rest[0] ?? '', rest.slice(1))
  return plain
}

function resourceInfo(method: string, plain: RequestInfo, group: string, rest: readonly string[]): RequestInfo {
  const { query } = plain
  const [version = '', ...below] = rest
  let parts = below
  let verb = verbs[method] ?? ''
  const verbInPath = parts[0] === 'watch' || parts[0] === 'proxy'
  if (verbInPath) {
    if (parts.length < 2) throw badRequest(`unable to determine kind and namespace from url, ${plain.path}`)
    verb = parts[0] ?? ''
    parts = parts.slice(1)
  }
  let namespace = ''
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1] ?? ''
    if (parts.length > 2 && !namespaceSubresources.has(parts[2] ?? '')) parts = parts.slice(2)
  }
  const [resource = '', inPath = '', sub = ''] = parts
  let name = inPath
  const subresource = verb === 'proxy' ? '' : sub
  if (name === '' && verb === 'get') {
    verb = asksToWatch(query) ? 'watch' : 'list'
    name = nameSelected(query)
  }
  if (name === '' && verb === 'delete') verb = 'deletecollection'
  return { ...plain, isResource: true, verb, group, version, resource, subresource, namespace, name, parts, verbInPath }
}

/** Whether the query says `watch`: any value but the false ones does. */
export function asksToWatch(query: URLSearchParams): boolean {
  const value = query.get('watch')?.toLowerCase()
  return value !== undefined && value !== 'false' && value !== '0'
}

/** The name that a `metadata.name=…` field selector picks. */
function nameSelected(query: URLSearchParams): string {
  const selector = query.get('fieldSelector')
  if (!selector?.includes('metadata.name=')) return ''
  const name = exactName(selector)
  return /[/%]/.test(name) || name === '.' || name === '..' ? '' : name
}

function exactName(selector: string): string {
  try {
    return parseFieldSelector(selector).exact('metadata.name') ?? ''
  } catch {
    // Whoever reads the whole query says what is wrong with it.
    return ''
  }
}

function decode(path: string): string {
  if (!path.includes('%')) return path
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(path)?.[0]
  if (broken !== undefined) throw badRequest(`parse "${path}": invalid URL escape "${broken}"`)
  try {
    return decodeURIComponent(path)
  } catch {
    // Bytes that are no text: no name has them, and the path is a path nevertheless.
    const bytes = path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    return Buffer.from(bytes, 'latin1').toString('utf8')
  }
}
