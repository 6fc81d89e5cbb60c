import { dig, isObject, list, number, stringMap, text } from '../objects/json.ts'

/** One column of a server-side table. */
export interface Column {
  name: string
  format: string
  priority: number
}

/** A row, and as much of its object as the server gives along. */
export interface Row {
  cells: unknown[]
  object: unknown
}

/** A table as the server makes it of objects (meta.k8s.io Table). */
export interface Table {
  columns: Column[]
  rows: Row[]
  resourceVersion: string
  continue: string
}

export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json'

/** Reads a table; an answer that is none becomes one of names and creation times, as kubectl shows what it does not know. */
export function tableOf(answer: unknown): Table {
  const resourceVersion = text(dig(answer, 'metadata', 'resourceVersion'))
  const next = text(dig(answer, 'metadata', 'continue'))
  if (dig(answer, 'kind') !== 'Table') {
    const objects = Array.isArray(dig(answer, 'items')) ? list(dig(answer, 'items')) : [answer]
    return { ...plainTable(objects), resourceVersion, continue: next }
  }
  return {
    columns: list(dig(answer, 'columnDefinitions')).map((column) => ({
      name: text(dig(column, 'name')),
      format: text(dig(column, 'format')),
      priority: number(dig(column, 'priority')),
    })),
    rows: list(dig(answer, 'rows')).map((row) => ({ cells: list(dig(row, 'cells')), object: dig(row, 'object') })),
    resourceVersion,
    continue: next,
  }
}

const plainColumns: Column[] = [
  { name: 'Name', format: 'name', priority: 0 },
  { name: 'Created At', format: '', priority: 0 },
]

function plainTable(objects: readonly unknown[]): { columns: Column[]; rows: Row[] } {
  const rows = objects.map((object) => ({
    cells: [dig(object, 'metadata', 'name'), dig(object, 'metadata', 'creationTimestamp') ?? '<unknown>'],
    object,
  }))
  return { columns: plainColumns, rows }
}

export interface TableOptions {
  wide: boolean
  noHeaders: boolean
  withNamespace: boolean
  /** What stands before names, such as `deployment.apps/`; empty for nothing. */
  namePrefix: string
  showLabels: boolean
  labelColumns: readonly string[]
  /** The type of a watch's event, as the first column. */
  event?: string
}

/** The lines of a table: a header, where one is wanted, and the rows. As kubectl's HumanReadablePrinter. */
export function tableLines(
  table: Table,
  columns: readonly Column[],
  options: TableOptions,
  header: boolean,
): string[][] {
  const shown = columns
    .map((column, at) => ({ ...column, at }))
    .filter(({ priority }) => priority === 0 || options.wide)
  const nameAt = columns.findIndex(({ format }) => format === 'name')
  const lines: string[][] = []
  if (header && !options.noHeaders && table.rows.length > 0) {
    lines.push([
      ...(options.event === undefined ? [] : ['EVENT'.padEnd(8)]),
      ...(options.withNamespace ? ['NAMESPACE'] : []),
      ...shown.map(({ name }) => name.toUpperCase()),
      ...options.labelColumns.map((label) => (label.split('/').at(-1) ?? '').toUpperCase()),
      ...(options.showLabels ? ['LABELS'] : []),
    ])
  }
  for (const { cells, object } of table.rows) {
    const labels = stringMap(dig(object, 'metadata', 'labels'))
    lines.push([
      ...(options.event === undefined ? [] : [options.event.padEnd(8)]),
      ...(options.withNamespace ? [text(dig(object, 'metadata', 'namespace'))] : []),
      ...shown.map(({ at }) => (at === nameAt ? options.namePrefix : '') + cellText(cells[at])),
      ...options.labelColumns.map((label) => labels[label] ?? '<none>'),
      ...(options.showLabels ? [labelText(labels)] : []),
    ])
  }
  return lines
}

/** `a=b,c=d` in order of keys; `<none>` where there are none. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
  return pairs.length === 0 ? '<none>' : pairs.join(',')
}

/** A cell on one line, with nothing in it that steers a terminal. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  const all = isObject(cell) || Array.isArray(cell) ? JSON.stringify(cell) : String(cell)
  const end = all.search(/[\f\n\r]/)
  const line = end === -1 ? all : `${all.slice(0, end)}...`
  return line.replaceAll('\x1b', '^[')
}
