import type { FunctionDecl } from '../declarations.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listType,
  mapType,
  nullType,
  optionalType,
  stringType,
  structType,
  timestampType,
  typeOfType,
  typeType,
  uintType,
} from '../types/types.ts'
import type { Reference } from './checker.ts'

/** The fields of an object type, found when first asked for. */
export interface StructDecl {
  readonly name: string
  field(name: string): CelType | undefined
  /** Names of all fields; for printing and tests. */
  fields(): Iterable<string>
}

/** Finds object types by name; undefined where there is none. */
export type StructFinder = (name: string) => StructDecl | undefined

const builtIn: ReadonlyMap<string, CelType> = new Map(
  [
    ...[boolType, bytesType, doubleType, intType, nullType, stringType, uintType, dynType, typeType],
    ...[timestampType, durationType, listType(dynType), mapType(dynType, dynType), optionalType(dynType)],
  ].map((type) => [type.name, type]),
)

interface Resolved {
  type: CelType
  reference: Reference
}

/** What the checker knows: variables, functions, types; inner scopes add the variables of comprehensions. */
export class CheckScope {
  readonly #globals: ReadonlyMap<string, CelType>
  readonly #functions: ReadonlyMap<string, FunctionDecl>
  readonly #structs: StructFinder
  readonly #opaqueTypes: ReadonlyMap<string, CelType>
  readonly #locals: ReadonlyMap<string, CelType>

  constructor(
    globals: ReadonlyMap<string, CelType>,
    functions: ReadonlyMap<string, FunctionDecl>,
    structs: StructFinder,
    opaqueTypes: ReadonlyMap<string, CelType>,
    locals: ReadonlyMap<string, CelType> = new Map(),
  ) {
    this.#globals = globals
    this.#functions = functions
    this.#structs = structs
    this.#opaqueTypes = opaqueTypes
    this.#locals = locals
  }

  with(variables: Iterable<readonly [string, CelType]>): CheckScope {
    const locals = new Map([...this.#locals, ...variables])
    return new CheckScope(this.#globals, this.#functions, this.#structs, this.#opaqueTypes, locals)
  }

  function(name: string): FunctionDecl | undefined {
    return this.#functions.get(name.replace(/^\./, ''))
  }

  struct(name: string): StructDecl | undefined {
    return this.#structs(name)
  }

  resolveType(name: string): CelType | undefined {
    const known = builtIn.get(name) ?? this.#opaqueTypes.get(name)
    return known ?? (this.#structs(name) === undefined ? undefined : structType(name))
  }

  /** A variable or a type by one name. */
  resolve(name: string): Resolved | undefined {
    const local = this.#locals.get(name)
    if (local !== undefined) return { type: local, reference: { name } }
    const plain = name.replace(/^\./, '')
    // A leading dot reaches the global behind a local of the same name.
    const reference = { name: this.#locals.has(plain) ? `.${plain}` : plain }
    const type = this.#globals.get(plain)
    if (type !== undefined) return { type, reference }
    const named = this.resolveType(plain)
    return named === undefined ? undefined : { type: typeOfType(named), reference: { ...reference, value: named } }
  }

  /** A variable or type whose name has dots; undefined where `a.b` is a field of `a`. */
  resolveQualified(path: readonly string[]): Resolved | undefined {
    const [first = ''] = path
    if (path.length === 1) return this.resolve(first)
    if (this.#locals.has(first)) return undefined
    return this.resolve(path.join('.'))
  }
}
