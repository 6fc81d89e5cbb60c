import { child, decodeTyped, deepClone, index, isMap, setKey } from '@wherry/apimachinery'
import { additionalOf, hasDefault, isEmbedded, isPreserving, itemsOf, propertyOf, type Schema } from './schema.ts'

/** Where a value stands, and what has been found unknown so far. */
interface Finding {
  /** Absent: nobody asks. */
  readonly unknown: string[] | undefined
  /** Unknown fields of metadata inside of embedded resources. */
  readonly meta: string[] | undefined
}

/** Brings a value into the form of its schema. The value comes back itself where nothing had to change. */
type Tidy = (value: unknown, path: string, finding: Finding) => unknown

/**
 * How a schema's value treats members that it does not know: `prune` drops them, `keep` leaves them and does not look
 * below, `preserve` leaves them but looks below the members that it knows.
 */
type Mode = 'prune' | 'preserve' | 'keep'

export interface Tidied {
  readonly object: Record<string, unknown>
  /** Paths of what was dropped. */
  readonly unknownFields: readonly string[]
}

export interface TidyOptions {
  /** Whether absent values get their defaults. */
  readonly defaults: boolean
  /** Nothing unknown is dropped at all, as with `spec.preserveUnknownFields` of old definitions. */
  readonly preserve?: boolean
}

const objectMeta = 'apimachinery.pkg.apis.meta.v1.ObjectMeta'
const metaFields: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'metadata'])

/**
 * Compiles the structural schema of a resource: prunes unknown fields, drops nulls that may not be, coerces the metadata
 * of embedded resources and sets defaults, in one pass that copies only what it changes. As upstream:
 * apiextensions-apiserver `schema/pruning`, `schema/defaulting`, `schema/objectmeta`. The root's own kind, apiVersion
 * and metadata are left alone. Throws a plain error for embedded metadata that is none.
 */
export function compileTidy(
  schema: Schema | undefined,
  { defaults, preserve = false }: TidyOptions,
): (object: Record<string, unknown>, track: boolean) => Tidied {
  const root = compile(
    { ...schema, 'x-kubernetes-embedded-resource': false },
    preserve ? 'keep' : 'prune',
    defaults,
    true,
  )
  return (object, track) => {
    const unknown: string[] = []
    const meta: string[] = []
    const tidied = root(object, '', track ? { unknown, meta } : { unknown: undefined, meta: undefined })
    return { object: isMap(tidied) ? tidied : object, unknownFields: [...unknown.sort(), ...meta.sort()] }
  }
}

/** Prunes a value as its schema says, without setting defaults. */
export function prune(value: unknown, schema: Schema): unknown {
  return compile(schema, 'prune', false, false)(value, '', { unknown: undefined, meta: undefined })
}

function compile(schema: Schema | undefined, wanted: Mode, defaults: boolean, isRoot: boolean): Tidy {
  const mode = wanted === 'prune' && schema !== undefined && isPreserving(schema) ? 'preserve' : wanted
  const object = compileObject(schema, mode, defaults, isRoot)
  const list = compileList(schema, mode, defaults)
  return (value, path, finding) => {
    if (typeof value !== 'object' || value === null) return value
    return Array.isArray(value) ? list(value, path, finding) : isMap(value) ? object(value, path, finding) : value
  }
}

/** Schemas may be large, and most of what they describe is absent: parts are compiled when they are first met. */
function later(make: () => Tidy): Tidy {
  let made: Tidy | undefined
  return (value, path, finding) => (made ??= make())(value, path, finding)
}

function compileList(schema: Schema | undefined, mode: Mode, defaults: boolean) {
  const items = itemsOf(schema)
  const tidy = later(() => compile(items, mode, defaults, false))
  const replaceNull = defaults && items !== undefined && items.nullable !== true
  return (list: readonly unknown[], path: string, finding: Finding): unknown => {
    let copy: unknown[] | undefined
    for (let at = 0; at < list.length; at++) {
      const item = list[at]
      const tidied =
        item === null && replaceNull ? deepClone(items.default ?? null) : tidy(item, index(path, at), finding)
      if (tidied === item) continue
      copy ??= [...list]
      copy[at] = tidied
    }
    return copy ?? list
  }
}

interface Member {
  readonly schema: Schema
  readonly tidy: Tidy
}

function compileObject(schema: Schema | undefined, mode: Mode, defaults: boolean, isRoot: boolean) {
  const skipsMeta = isRoot || (schema !== undefined && isEmbedded(schema))
  const embedded = schema !== undefined && isEmbedded(schema)
  const inner: Mode = mode === 'keep' ? 'keep' : 'prune'
  const members = new Map<string, Member | undefined>()
  const memberOf = (name: string): Member | undefined => {
    if (members.has(name)) return members.get(name)
    const property = propertyOf(schema, name)
    const place: Mode = skipsMeta && metaFields.has(name) ? 'keep' : inner
    const member = property && { schema: property, tidy: later(() => compile(property, place, defaults, false)) }
    members.set(name, member)
    return member
  }
  const additional = schema && additionalOf(schema)
  const additionalSchema = additional === 'any' ? undefined : additional
  const rest = additional === undefined ? undefined : later(() => compile(additionalSchema, inner, defaults, false))
  const withDefaults = defaults
    ? Object.entries(schema?.properties ?? {}).filter(([, property]) => hasDefault(property))
    : []

  return (object: Record<string, unknown>, path: string, finding: Finding): unknown => {
    let copy: Record<string, unknown> | undefined
    const put = (key: string, value: unknown) => {
      copy ??= cloneShallow(object)
      if (value === undefined) delete copy[key]
      else setKey(copy, key, value)
    }
    for (const key of Object.keys(object)) {
      const value = object[key]
      const member = memberOf(key)
      const known = member?.schema ?? additionalSchema
      if (value === null && known && known.nullable !== true) {
        if (!hasDefault(known)) {
          put(key, undefined)
          continue
        }
        if (defaults) {
          put(key, (member?.tidy ?? rest ?? identity)(deepClone(known.default), child(path, key), finding))
          continue
        }
      }
      if (member) {
        const tidied = member.tidy(value, child(path, key), finding)
        if (tidied !== value) put(key, tidied)
      } else if (skipsMeta && metaFields.has(key)) continue
      else if (rest) {
        const tidied = rest(value, child(path, key), finding)
        if (tidied !== value) put(key, tidied)
      } else if (mode === 'prune') {
        finding.unknown?.push(child(path, key))
        put(key, undefined)
      }
    }
    for (const [key, { default: fallback }] of withDefaults) {
      if (Object.hasOwn(object, key)) continue
      const tidy = memberOf(key)?.tidy ?? identity
      put(key, tidy(deepClone(fallback), child(path, key), finding))
    }
    return embedded ? coerceMeta(copy ?? object, object, path, finding) : (copy ?? object)
  }
}

const identity: Tidy = (value) => value

function cloneShallow(object: Record<string, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(object)) setKey(copy, key, object[key])
  return copy
}

/** Checks and canonicalises what every embedded object has. */
function coerceMeta(
  object: Record<string, unknown>,
  original: Record<string, unknown>,
  path: string,
  { meta }: Finding,
): Record<string, unknown> {
  for (const name of ['apiVersion', 'kind']) {
    const value = object[name]
    if (value !== undefined && typeof value !== 'string') {
      throw new Error(`${child(path, name)}: Invalid value: ${JSON.stringify(value)}: must be a string`)
    }
  }
  if (!Object.hasOwn(object, 'metadata')) return object
  const { metadata } = object
  const decoded = decodeMeta(metadata, child(path, 'metadata'))
  for (const field of decoded.unknownFields) meta?.push(child(child(path, 'metadata'), field))
  if (sameShallow(decoded.object, metadata)) return object
  const copy = object === original ? cloneShallow(object) : object
  copy.metadata = decoded.object
  return copy
}

function decodeMeta(metadata: unknown, path: string) {
  try {
    return decodeTyped(objectMeta, metadata)
  } catch (error) {
    const problem = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new Error(`${path}: Invalid value: ${JSON.stringify(metadata)}: ${problem}`, { cause: error })
  }
}

function sameShallow(decoded: object, value: unknown): boolean {
  return JSON.stringify(decoded) === JSON.stringify(value)
}
