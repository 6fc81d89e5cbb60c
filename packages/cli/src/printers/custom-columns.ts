import { CommandError } from '../errors.ts'
import { goValue } from '../go-template/format.ts'
import { compileJSONPath, type JSONPath, relaxedJSONPath } from '@wherry/apimachinery'
import { TabWriter } from './tab-writer.ts'

/** A column of the user's own: a header and where its value stands in the object. */
export interface CustomColumn {
  header: string
  path: JSONPath
}

/** Reads `NAME:.metadata.name,IMAGE:.spec.containers[*].image`. Throws in kubectl's words. */
export function parseColumns(spec: string): CustomColumn[] {
  if (spec === '') throw new CommandError('custom-columns format specified but no custom columns given')
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':')
    if (colon === -1) {
      throw new CommandError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`)
    }
    return { header: part.slice(0, colon), path: columnPath(part.slice(colon + 1)) }
  })
}

/** Reads a file of two lines: headers, and below them the paths. */
export function parseColumnsFile(text: string): CustomColumn[] {
  const [first = '', second] = text.split('\n')
  if (first.trim() === '' || second === undefined || second.trim() === '') {
    throw new CommandError('invalid template, missing spec line. Two lines are required: headers and columns')
  }
  const headers = first.trim().split(/\s+/)
  const specs = second.trim().split(/\s+/)
  if (headers.length !== specs.length) {
    throw new CommandError(
      `number of headers (${headers.length}) and field specifications (${specs.length}) don't match`,
    )
  }
  return headers.map((header, at) => ({ header, path: columnPath(specs[at] ?? '') }))
}

function columnPath(spec: string): JSONPath {
  return compileJSONPath(relaxedJSONPath(spec), { allowMissingKeys: true })
}

/** The columns' texts for one object; `<none>` where there is no value. */
export function columnValues(columns: readonly CustomColumn[], object: unknown): string[] {
  return columns.map(({ path }) => {
    const values = path.find(object).flat()
    if (values.length === 0) return '<none>'
    return values.map((value) => (value === null ? '<nil>' : goValue(value))).join(',')
  })
}

/** Prints rows under one header, however many calls the rows come in. */
export class CustomColumnsPrinter {
  readonly #columns: readonly CustomColumn[]
  readonly #writer: TabWriter
  #headers: boolean

  constructor(columns: readonly CustomColumn[], write: (text: string) => void, noHeaders: boolean) {
    this.#columns = columns
    this.#writer = new TabWriter(write)
    this.#headers = !noHeaders
  }

  print(objects: readonly unknown[]): void {
    if (this.#headers) this.#writer.row(this.#columns.map(({ header }) => header))
    this.#headers = false
    for (const object of objects) this.#writer.row(columnValues(this.#columns, object))
    this.#writer.flush()
  }
}
