import { declare, type FunctionDecl, global, member } from '../declarations.ts'
import { boolType, CelType, listType, mapType, stringType } from '../types/types.ts'
import { MapBuilder } from '../values/map.ts'
import { ArrayList, CelFailure, noSuchOverload, Opaque, type Value } from '../values/value.ts'
import { parseRequestURI, queryOf, type URI } from './uri.ts'

export const urlType = new CelType('struct', 'kubernetes.URL')

class URLValue extends Opaque {
  readonly uri: URI

  constructor(uri: URI) {
    super()
    this.uri = uri
  }

  get type(): CelType {
    return urlType
  }

  equals(other: Opaque): boolean {
    return other instanceof URLValue && other.uri.text === this.uri.text
  }

  toString(): string {
    return this.uri.text
  }
}

function toURL(text: Value = null): Value {
  if (typeof text !== 'string') return noSuchOverload()
  const uri = parseRequestURI(text)
  if (typeof uri === 'string') return new CelFailure(`URL parse error during conversion from string: ${uri}`)
  return new URLValue(uri)
}

const part = (name: string, id: string, read: (uri: URI) => Value, result: CelType = stringType): FunctionDecl =>
  declare(name, [
    member(id, [urlType], result, (value) => (value instanceof URLValue ? read(value.uri) : noSuchOverload())),
  ])

function query(uri: URI): Value {
  const builder = new MapBuilder()
  for (const [key, values] of queryOf(uri)) builder.set(key, new ArrayList(values))
  return builder.build()
}

/** URLs (k8s `library/urls.go`). */
export const urlLibrary: readonly FunctionDecl[] = [
  declare('url', [global('string_to_url', [stringType], urlType, toURL)]),
  part('getScheme', 'url_get_scheme', (uri) => uri.scheme),
  part('getHost', 'url_get_host', (uri) => uri.host),
  part('getHostname', 'url_get_hostname', (uri) => uri.hostname),
  part('getPort', 'url_get_port', (uri) => uri.port),
  part('getEscapedPath', 'url_get_escaped_path', (uri) => uri.escapedPath),
  part('getQuery', 'url_get_query', query, mapType(stringType, listType(stringType))),
  declare('isURL', [
    global('is_url_string', [stringType], boolType, (text) =>
      typeof text === 'string' ? typeof parseRequestURI(text) !== 'string' : noSuchOverload(),
    ),
  ]),
]
