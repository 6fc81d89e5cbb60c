import type { CustomResourceColumnDefinition, KubeObject } from '@wherry/api'
import { compileJSONPath, type DeepReadonly, parseTime, printResult } from '@wherry/apimachinery'
import type { Column } from '../registry/resource.ts'
import { nameColumn, since } from '../resources/columns.ts'

type Cell = string | number | boolean | null

/** What a version without columns of its own shows beside the name. As upstream: `getColumnsForVersion`. */
const ageColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
}

/** The columns of a version's tables. As upstream: apiextensions-apiserver, `tableconvertor`. */
export function printerColumns(
  additional: DeepReadonly<CustomResourceColumnDefinition[]> | undefined,
): Column<KubeObject>[] {
  const columns = additional && additional.length > 0 ? additional : [ageColumn]
  return [nameColumn(), ...columns.map(columnOf)]
}

function columnOf(column: DeepReadonly<CustomResourceColumnDefinition>): Column<KubeObject> {
  const path = compileJSONPath(`{${column.jsonPath}}`, { allowMissingKeys: true })
  return {
    name: column.name,
    type: columnType(column.type),
    format: column.format ?? '',
    description: column.description || `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
    value(object, now) {
      try {
        const value = path.find(object)[0]?.[0]
        return column.type === 'string' ? textCell(value) : cellOf(column.type, value, now)
      } catch {
        // A path that does not fit the object, such as an index beyond a list's end, shows nothing.
        return null
      }
    },
  }
}

/** The types that validation lets through. */
function columnType(type: string): Column<KubeObject>['type'] {
  return type === 'integer' || type === 'number' || type === 'boolean' || type === 'date' ? type : 'string'
}

function textCell(value: unknown): Cell {
  if (value === undefined) return null
  return value === null ? 'null' : printResult(value)
}

function cellOf(type: string, value: unknown, now: number): Cell {
  if (type === 'integer') {
    if (typeof value === 'bigint') return Number(value)
    return typeof value === 'number' ? Math.trunc(value) : null
  }
  if (type === 'number') return typeof value === 'bigint' ? Number(value) : typeof value === 'number' ? value : null
  if (type === 'boolean') return typeof value === 'boolean' ? value : null
  if (type !== 'date' || typeof value !== 'string') return null
  const time = timeOf(value)
  return time === undefined ? '<invalid>' : since(time, now)
}

function timeOf(text: string): string | undefined {
  try {
    parseTime(text)
    return text
  } catch {
    return undefined
  }
}
