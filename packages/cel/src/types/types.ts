export type Kind =
  | 'dyn'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'struct'
  | 'opaque'
  | 'type'
  | 'param'
  | 'function'

/**
 * A type of the language. Types are immutable and compared by value (`sameType`). Also a value: what `type(x)` gives
 * and what `int`, `string`, … name in an expression.
 */
export class CelType {
  readonly kind: Kind
  /** The name under which an expression knows the type: `google.protobuf.Timestamp`, `list`, `kubernetes.Quantity`. */
  readonly name: string
  readonly params: readonly CelType[]
  /** A wrapper type (`google.protobuf.Int64Value`): assignable from null. */
  readonly nullable: boolean

  constructor(kind: Kind, name: string, params: readonly CelType[] = [], nullable = false) {
    this.kind = kind
    this.name = name
    this.params = params
    this.nullable = nullable
  }

  /** The type parameter at an index; dyn where there is none. */
  param(index: number): CelType {
    return this.params[index] ?? dynType
  }
}

const simple = (kind: Kind, name: string): CelType => new CelType(kind, name)

export const dynType = simple('dyn', 'dyn')
export const errorType = simple('error', '*error*')
export const nullType = simple('null', 'null_type')
export const boolType = simple('bool', 'bool')
export const intType = simple('int', 'int')
export const uintType = simple('uint', 'uint')
export const doubleType = simple('double', 'double')
export const stringType = simple('string', 'string')
export const bytesType = simple('bytes', 'bytes')
export const timestampType = simple('timestamp', 'google.protobuf.Timestamp')
export const durationType = simple('duration', 'google.protobuf.Duration')
export const typeType = simple('type', 'type')

export const listType = (element: CelType): CelType => new CelType('list', 'list', [element])
export const mapType = (key: CelType, value: CelType): CelType => new CelType('map', 'map', [key, value])
export const optionalType = (of: CelType): CelType => new CelType('opaque', 'optional_type', [of])
export const typeOfType = (of: CelType): CelType => new CelType('type', 'type', [of])
export const paramType = (name: string): CelType => new CelType('param', name)
/** An object with declared fields; its fields are found by name in the environment. */
export const structType = (name: string): CelType => new CelType('struct', name)
/** A type without fields, whose values only functions understand: `net.IP`. */
export const opaqueType = (name: string, ...params: CelType[]): CelType => new CelType('opaque', name, params)
export const nullableType = (type: CelType): CelType => new CelType(type.kind, type.name, type.params, true)

/** Whether two types are the same in all their parts (cel-go's IsExactType). */
export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length || a.nullable !== b.nullable)
    return false
  return a.params.every((param, index) => sameType(param, b.param(index)))
}

export const isOptional = (type: CelType): boolean => type.kind === 'opaque' && type.name === 'optional_type'

/** The type in an optional, and whether it was one. */
export function unwrapOptional(type: CelType): { type: CelType; optional: boolean } {
  return isOptional(type) ? { type: type.param(0), optional: true } : { type, optional: false }
}

/** A type as messages show it (cel-go's `FormatCELType`): `list(int)`, `wrapper(string)`, `map(string, dyn)`. */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'duration':
    case 'timestamp':
    case 'null':
      return type.kind
    case 'error':
      return '!error!'
    case 'function':
      return `${formatSignature(type.params.slice(1))} -> ${formatType(type.param(0))}`
    default: {
      if (type.params.length > 0) return `${type.name}(${type.params.map(formatType).join(', ')})`
      return type.nullable ? `wrapper(${type.name})` : type.name
    }
  }
}

/** `(int, string)`, or `int.(string)` for a call on a receiver. */
export function formatSignature(args: readonly CelType[], instance = false): string {
  const [target, ...rest] = args
  if (!instance || target === undefined) return `(${args.map(formatType).join(', ')})`
  return `${formatType(target)}.(${rest.map(formatType).join(', ')})`
}

/** A type as `string(type)` and Go's `%v` show it. */
export function typeToString(type: CelType): string {
  if (type.params.length === 0) return type.name
  return `${type.name}(${type.params.map(typeToString).join(', ')})`
}
