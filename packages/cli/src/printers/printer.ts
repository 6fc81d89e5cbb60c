import { isObject, list, record, sortKeys, type Unstructured, unstructured } from '../objects/json.ts'
import { goJSON } from './json.ts'
import { objectName } from './names.ts'

/** Writes objects in one output format. */
export interface ObjectPrinter {
  print(object: Unstructured): void
}

export interface PrintDeps {
  write(text: string): void
  /** Loaded by who needs YAML. */
  toYAML(value: unknown): string
  showManagedFields: boolean
}

/** The object without what most readers do not want to see; the items of a list likewise. */
export function withoutManagedFields(object: Unstructured): Unstructured {
  if (Array.isArray(object.items)) {
    return {
      ...object,
      items: object.items.map((item) => (isObject(item) ? withoutManagedFields(unstructured(item)) : item)),
    }
  }
  const { managedFields, ...metadata } = object.metadata
  return managedFields === undefined ? object : { ...object, metadata }
}

/** One object as text, members as its maker ordered them (`keep`) or sorted, as Go prints maps. */
export function jsonPrinter(deps: PrintDeps, order: 'keep' | 'sorted'): ObjectPrinter {
  return {
    print(object) {
      const shown = deps.showManagedFields ? object : withoutManagedFields(object)
      deps.write(`${goJSON(order === 'keep' ? shown : sortKeys(shown))}\n`)
    },
  }
}

/** Documents with `---` between them. */
export function yamlPrinter(deps: PrintDeps): ObjectPrinter {
  let count = 0
  return {
    print(object) {
      if (count++ > 0) deps.write('---\n')
      deps.write(deps.toYAML(sortKeys(deps.showManagedFields ? object : withoutManagedFields(object))))
    },
  }
}

/** `pod/web`, and with an operation `pod/web created`. */
export function namePrinter(write: (text: string) => void, operation = ''): ObjectPrinter {
  const print = (object: Unstructured) => {
    if (Array.isArray(object.items)) {
      for (const item of list(object.items)) print(unstructured(record(item)))
      return
    }
    write(operation === '' ? `${objectName(object)}\n` : `${objectName(object)} ${operation}\n`)
  }
  return { print }
}
