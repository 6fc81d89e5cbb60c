import { encodeProtobuf, stringifyJSON, toYAML } from '@wherry/apimachinery'
import fc from 'fast-check'
import type { MemoryRequest } from '../../testing/in-memory.ts'
import { corpus, type Seed } from './corpus.ts'

/** Values that somebody may put where others belong. */
const odd: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e3,
  65_536,
  2 ** 31,
  2 ** 53,
  9_007_199_254_740_993n,
  2n ** 63n - 1n,
  1e300,
  '',
  'a',
  'A b',
  '\0',
  '\ud800',
  '../..',
  '999999999999999999999',
  '1e9999',
  '100Mi',
  '-5',
  '2026-04-01T12:00:00Z',
  '10.0.0.1',
  '::1',
  'IfNotPresent',
  'a'.repeat(300),
  '__proto__',
  [],
  {},
  [null],
  [{}],
  [1, 'a', null],
  { a: 'b' },
  { '': '' },
  { name: 'x', value: null },
  { matchLabels: { a: 'b' } },
  { $patch: 'delete' },
  nested(60, []),
  nested(60, {}),
]

/** Names that somebody may give to members. */
const oddKeys = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'unknown',
  'metadata',
  'spec',
  'status',
  'name',
  'namespace',
  'generateName',
  'resourceVersion',
  'uid',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'deletionTimestamp',
  'annotations',
  '$patch',
  '$retainKeys',
  'apiVersion',
  'kind',
]

function nested(depth: number, kind: [] | object): unknown {
  let value: unknown = 'deep'
  for (let i = 0; i < depth; i++) value = Array.isArray(kind) ? [value] : { a: value }
  return value
}

/** One change of a value in a body: where (counted through all values), how, and with what. */
const change = fc.record({
  at: fc.nat(400),
  how: fc.constantFrom('replace', 'replace', 'replace', 'swap', 'remove', 'add', 'rename', 'repeat'),
  value: fc.nat(odd.length - 1),
  key: fc.nat(oddKeys.length - 1),
})
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never

/** One change of the body's bytes. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  how: fc.constantFrom('cut', 'flip', 'insert', 'double', 'fill'),
  byte: fc.nat(255),
})
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never

const parameters: Readonly<Record<string, readonly string[]>> = {
  watch: ['', '0', '1', 'true', 'False', 'x'],
  allowWatchBookmarks: ['1', 'x'],
  sendInitialEvents: ['true', 'false', ''],
  resourceVersion: ['', '0', '1', '5', '999999', '-1', 'x', '18446744073709551616'],
  resourceVersionMatch: ['', 'Exact', 'NotOlderThan', 'x'],
  limit: ['', '0', '1', '-1', 'x', '9223372036854775807'],
  continue: ['', 'x', 'e30', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYSJ9', '%00'],
  timeoutSeconds: ['', '0', '1', '-5', '9223372036854775807', '1e3'],
  timeout: ['1s', '-1s', 'x'],
  labelSelector: ['', 'a', 'a=b', 'a in (b,c)', '!a', 'a>1', 'a in (', ',', '\u0000', 'a=b=c', '='.repeat(50)],
  fieldSelector: ['', 'metadata.name=a', 'metadata.name=walk-v1-0', 'spec.nodeName=n', 'a', 'x=y', '\\', 'a\\,b=c'],
  dryRun: ['All', 'All', 'None', ''],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'x', ''],
  fieldManager: ['', 'm', '\u0007', 'x'.repeat(129)],
  force: ['true', 'false', ''],
  pretty: ['1', 'true', 'x'],
  includeObject: ['None', 'Metadata', 'Object', 'x'],
  propagationPolicy: ['Foreground', 'Background', 'Orphan', 'x', ''],
  orphanDependents: ['true', 'false'],
  gracePeriodSeconds: ['0', '-1', '30', 'x', '9223372036854775808'],
  exclude: ['ping'],
  verbose: [''],
  export: ['1'],
  '': [''],
  '%': ['%zz'],
}
const parameterNames = Object.keys(parameters)

const accepts = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/yaml;as=Table;v=v1beta1;g=meta.k8s.io,*/*;q=0.1',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json',
  'application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;stream=watch',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/cbor',
  'text/html;q=x',
  '*',
  ';;;,,,',
  '',
]
const contentTypes = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/cbor',
  'application/json; charset',
  'text/plain',
  '',
]
const otherHeaders: readonly (readonly [string, string])[] = [
  ['Accept-Encoding', 'gzip'],
  ['User-Agent', 'curl/8'],
  ['User-Agent', ''],
  ['User-Agent', `\u00ff${'/'.repeat(200)}`],
  ['Impersonate-User', 'someone'],
  ['Impersonate-Group', 'g'],
  ['Impersonate-Extra-%zz', 'x'],
  ['Audit-Id', 'x'.repeat(200)],
  ['Connection', 'Upgrade'],
  ['Upgrade', 'websocket'],
  ['Content-Encoding', 'gzip'],
  ['If-None-Match', '*'],
  ['X-Very-Long', 'x'.repeat(5000)],
]
const pathParts = [
  '..',
  '.',
  '',
  '%00',
  '%2e%2e',
  '%2F',
  '%',
  '%ff',
  'a'.repeat(300),
  'A_B',
  '__proto__',
  'constructor',
  'status',
  'scale',
  'watch',
  'proxy',
  'log',
  'exec',
  'namespaces',
  'default',
  'pods',
  'é',
]

/** A request that is nearly right. */
export const plan = fc.record({
  seed: fc.nat(corpus.length - 1),
  changes: fc.array(change, { maxLength: 3 }),
  encoding: fc.constantFrom('json', 'json', 'yaml', 'protobuf'),
  damages: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(damage, { maxLength: 3 }) },
  ),
  query: fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.tuple(fc.nat(parameterNames.length - 1), fc.nat(20)), { maxLength: 4 }) },
  ),
  accept: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(accepts.length - 1) }),
  contentType: fc.oneof(
    { weight: 6, arbitrary: fc.constant(-1) },
    { weight: 1, arbitrary: fc.nat(contentTypes.length - 1) },
  ),
  headers: fc.oneof(
    { weight: 4, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(fc.nat(otherHeaders.length - 1), { maxLength: 3 }) },
  ),
  path: fc.oneof(
    { weight: 6, arbitrary: fc.constant([]) },
    {
      weight: 1,
      arbitrary: fc.array(fc.tuple(fc.nat(9), fc.nat(pathParts.length - 1), fc.boolean()), { maxLength: 2 }),
    },
  ),
  method: fc.oneof(
    { weight: 10, arbitrary: fc.constant('') },
    { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'PROPFIND') },
  ),
})
export type Plan = typeof plan extends fc.Arbitrary<infer T> ? T : never

/** The request that a plan stands for. */
export function requestOf(wanted: Plan): MemoryRequest {
  const seed = corpus[wanted.seed] ?? { method: 'GET', path: '/', contentType: '', protobuf: false }
  const contentType = wanted.contentType < 0 ? undefined : contentTypes[wanted.contentType]
  const { body, type } = bodyOf(seed, wanted)
  const headers: (readonly [string, string])[] = [['Accept', accepts[wanted.accept] ?? '']]
  if (body) headers.push(['Content-Type', contentType ?? type])
  for (const at of wanted.headers) headers.push(otherHeaders[at] ?? ['X', 'x'])
  return {
    method: wanted.method || seed.method,
    url: urlOf(seed.path, wanted),
    headers,
    ...(body ? { body } : {}),
  }
}

function urlOf(path: string, { path: edits, query }: Plan): string {
  const [pathname = '', search = ''] = path.split('?')
  const parts = pathname.split('/')
  for (const [at, part, insert] of edits) parts.splice(1 + (at % parts.length), insert ? 0 : 1, pathParts[part] ?? '')
  const pairs = search === '' ? [] : [search]
  for (const [name, value] of query) {
    const key = parameterNames[name] ?? ''
    const values = parameters[key] ?? ['']
    const text = values[value % values.length] ?? ''
    pairs.push(key === '%' ? '%=%zz' : `${key}=${encodeURIComponent(text)}`)
  }
  return `${parts.join('/')}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`
}

function bodyOf(seed: Seed, { changes, encoding, damages }: Plan): { body: Uint8Array | undefined; type: string } {
  if (!seed.body) return { body: undefined, type: seed.contentType }
  const value = changes.reduce(changed, structuredClone<unknown>(seed.body))
  const { bytes, type } = encoded(seed, value, encoding)
  const edits: readonly Damage[] = damages
  return { body: edits.reduce(damaged, bytes), type }
}

function encoded(seed: Seed, value: unknown, encoding: string): { bytes: Uint8Array; type: string } {
  if (encoding === 'protobuf' && seed.protobuf) {
    try {
      return { bytes: encodeProtobuf(Object(value)), type: 'application/vnd.kubernetes.protobuf' }
    } catch {
      // What has no protobuf form goes as JSON.
    }
  }
  const yaml = encoding === 'yaml' && (seed.contentType === 'application/json' || seed.contentType.endsWith('yaml'))
  if (!yaml) return { bytes: Buffer.from(textOf(value)), type: seed.contentType }
  const type = seed.contentType === 'application/json' ? 'application/yaml' : seed.contentType
  return { bytes: Buffer.from(toYAML(value)), type }
}

/** JSON in which a member that is to stand twice does. */
function textOf(value: unknown): string {
  return stringifyJSON(value).replaceAll('"again ', '"')
}

interface Place {
  readonly owner: Record<string, unknown> | unknown[]
  readonly key: string
}

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (typeof value !== 'object' || value === null || found.length > 400) return found
  const owner: Place['owner'] = Array.isArray(value) ? value : Object(value)
  for (const [key, member] of Object.entries(value)) {
    found.push({ owner, key })
    placesOf(member, found)
  }
  return found
}

function changed(value: unknown, { at, how, value: with_, key }: Change): unknown {
  const places = placesOf(value)
  const replacement = structuredClone(odd[with_])
  const place = places[at % (places.length + 1)]
  if (!place) return how === 'swap' ? replacement : value
  const { owner, key: old } = place
  if (Array.isArray(owner)) {
    if (how === 'remove') owner.splice(Number(old), 1)
    else if (how === 'repeat' || how === 'add') owner.push(structuredClone(owner[Number(old)]))
    else owner[Number(old)] = how === 'replace' ? alike(owner[Number(old)], with_) : replacement
    return value
  }
  const name = oddKeys[key] ?? ''
  const member = owner[old]
  if (how === 'remove' || how === 'rename') delete owner[old]
  if (how === 'replace') put(owner, old, alike(member, with_))
  else if (how === 'swap') put(owner, old, replacement)
  else if (how === 'rename') put(owner, name, member)
  else if (how === 'add') put(owner, name, replacement)
  else if (how === 'repeat') put(owner, `again ${old}`, replacement)
  return value
}

/** An odd value of the same type, which gets further than others. */
function alike(old: unknown, at: number): unknown {
  const same = odd.filter((value) => typeof value === typeof old && Array.isArray(value) === Array.isArray(old))
  return same.length === 0 ? null : structuredClone(same[at % same.length])
}

function put(owner: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(owner, key, { value, enumerable: true, configurable: true, writable: true })
}

function damaged(bytes: Uint8Array, { at, how, byte }: Damage): Uint8Array {
  const position = Math.floor(at * bytes.length)
  const copy = Buffer.from(bytes)
  if (how === 'cut') return copy.subarray(0, position)
  if (how === 'double') return Buffer.concat([copy, copy.subarray(position)])
  if (how === 'insert') return Buffer.concat([copy.subarray(0, position), Buffer.of(byte), copy.subarray(position)])
  if (how === 'fill') return copy.fill(byte, position, Math.min(position + 8, copy.length))
  if (copy.length > position) copy[position] = (copy[position] ?? 0) ^ (1 << (byte % 8))
  return copy
}
