import { Quantity } from '@wherry/apimachinery'
import { CommandError, messageOf } from '../errors.ts'
import { compileJSONPath, type JSONPath, relaxedJSONPath } from '@wherry/apimachinery'

/** Compiles `--sort-by`; throws in kubectl's words. */
export function sortPath(field: string): JSONPath {
  try {
    return compileJSONPath(relaxedJSONPath(field), { allowMissingKeys: true })
  } catch (error) {
    throw new CommandError(messageOf(error))
  }
}

/**
 * Sorts by a field of each item's object, stably, objects without it first. Throws when no object has it. As kubectl's
 * RuntimeSorter: numbers by value, quantities by size, text by itself.
 */
export function sortByPath<T>(items: readonly T[], path: JSONPath, field: string, objectOf: (item: T) => unknown): T[] {
  const keyed = items.map((item) => ({ item, key: path.find(objectOf(item)).flat()[0] }))
  if (items.length > 0 && keyed.every(({ key }) => key === undefined)) {
    throw new CommandError(
      `couldn't find any field with path ${JSON.stringify(relaxedJSONPath(field))} in the list of objects`,
    )
  }
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item)
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  const left = String(a)
  const right = String(b)
  const quantities = [left, right].map(quantityOrUndefined)
  const [x, y] = quantities
  if (x && y) return x.cmp(y)
  return left < right ? -1 : left > right ? 1 : 0
}

function quantityOrUndefined(text: string): Quantity | undefined {
  if (!/^[-+.\d]/.test(text)) return undefined
  try {
    return Quantity.parse(text)
  } catch {
    return undefined
  }
}
