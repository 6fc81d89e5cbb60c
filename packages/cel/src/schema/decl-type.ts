import type { StructDecl, StructFinder } from '../checker/scope.ts'
import type { SizeEstimator } from '../cost/estimate.ts'
import { type CelType, listType, mapType, stringType, structType } from '../types/types.ts'

/** How the values of a schema are read, and what is known of their sizes. */
export interface DeclType {
  readonly celType: CelType
  /** The smallest JSON text of a value. */
  readonly minSerializedSize: number
  /** The most characters, bytes, items or properties that a value can have. */
  readonly maxElements: number
  /** The key and element of a list (without key) or of a map. */
  readonly key?: DeclType
  readonly element?: DeclType
  /** The fields of an object by the names that expressions use. */
  readonly fields?: ReadonlyMap<string, DeclField>
}

export interface DeclField {
  readonly name: string
  readonly type: DeclType
  readonly required: boolean
}

/** The whole body of a request, which bounds what has no bound of its own. */
export const maxRequestSize = 3 * 1024 * 1024

export function scalar(celType: CelType, minSerializedSize: number, maxElements = 0): DeclType {
  return { celType, minSerializedSize, maxElements }
}

/** As upstream: `StringType`, of which nothing is known, so that estimates take keys for empty. */
const keyType = scalar(stringType, 2)

export function declList(element: DeclType, maxElements: number): DeclType {
  return { celType: listType(element.celType), minSerializedSize: 2, maxElements, element }
}

export function declMap(element: DeclType, maxElements: number): DeclType {
  return { celType: mapType(stringType, element.celType), minSerializedSize: 2, maxElements, key: keyType, element }
}

export function declObject(name: string, fields: ReadonlyMap<string, DeclField>, minSerializedSize: number): DeclType {
  return { celType: structType(name), minSerializedSize, maxElements: 0, fields }
}

/** Finds the object types that some declarations contain. */
export function structFinder(...roots: DeclType[]): StructFinder {
  const structs = new Map<string, StructDecl>()
  const visit = (type: DeclType): void => {
    if (type.element !== undefined) visit(type.element)
    const { fields } = type
    if (fields === undefined || structs.has(type.celType.name)) return
    structs.set(type.celType.name, {
      name: type.celType.name,
      field: (name) => fields.get(name)?.type.celType,
      fields: () => fields.keys(),
    })
    for (const field of fields.values()) visit(field.type)
  }
  roots.forEach(visit)
  return (name) => structs.get(name)
}

/** Sizes of what a variable of this type holds, for cost estimates; as k8s' `sizeEstimator`. */
export function sizesOf(root: DeclType): SizeEstimator {
  return (path) => {
    if (path.length === 0) return undefined
    let current: DeclType | undefined = root
    for (const step of path.slice(1)) {
      if (current === undefined) return undefined
      if (step === '@items' || step === '@values') current = current.element
      else if (step === '@keys') current = current.key
      else current = current.fields?.get(step)?.type
    }
    return current && { min: 0n, max: BigInt(current.maxElements) }
  }
}

/** How often values of a type can occur in one request at most (k8s `maxCardinality`). */
export const maxCardinality = (type: DeclType): number => Math.trunc(maxRequestSize / (type.minSerializedSize + 1))
