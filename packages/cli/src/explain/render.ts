import { CommandError } from '../errors.ts'
import { dig, isObject, type JsonObject, list, record, text } from '../objects/json.ts'

/** What to explain: a kind of an OpenAPI v3 document, and the path of a field in it. */
export interface ExplainRequest {
  document: unknown
  group: string
  version: string
  kind: string
  fields: readonly string[]
  recursive: boolean
}

/**
 * The documentation of a kind or a field, laid out as kubectl's plain text template does. Throws when there is none; `print` has then been
 * given the head, as kubectl prints it.
 */
export function renderExplanation(request: ExplainRequest, print: (text: string) => void): void {
  const { document, group, version, kind, fields } = request
  const schemas = Object.values(record(dig(document, 'components', 'schemas')))
  const schema = schemas.find((candidate) =>
    list(dig(candidate, 'x-kubernetes-group-version-kind')).some(
      (type) => dig(type, 'group') === group && dig(type, 'version') === version && dig(type, 'kind') === kind,
    ),
  )
  if (!isObject(schema)) {
    throw new CommandError(`GVR (${group}/${version}, Kind=${kind}) not found in OpenAPI schema`)
  }
  print(`${group === '' ? '' : `GROUP:      ${group}\n`}KIND:       ${kind}\nVERSION:    ${version}\n\n`)
  const renderer = new Renderer(document, request.recursive)
  const body = renderer.output(schema, fields)
  if (body === undefined) throw new CommandError(`field ${JSON.stringify(fields.at(-1))} does not exist`)
  print(`${body}\n`)
}

class Renderer {
  readonly #document: unknown
  readonly #recursive: boolean

  constructor(document: unknown, recursive: boolean) {
    this.#document = document
    this.#recursive = recursive
  }

  /** Follows the fields; undefined where one is not there. */
  output(schema: JsonObject, fields: readonly string[]): string | undefined {
    const resolved = this.#resolve(schema)
    const [first, ...rest] = fields
    if (first === undefined) return this.#whole(resolved)
    const property = record(resolved.properties)[first]
    if (isObject(property)) {
      const inner = this.output(property, rest)
      if (inner === undefined || rest.length > 0) return inner
      return `FIELD: ${first} <${this.#typeOf(property)}>\n${enumText(property, undefined)}\n\n${inner}`
    }
    const within = [resolved.items, resolved.additionalProperties, ...list(resolved.allOf)].filter(isObject)
    for (const candidate of within) {
      const found = this.output(candidate, fields)
      if (found !== undefined) return found
    }
    return undefined
  }

  #whole(resolved: JsonObject): string {
    const description = this.#description(resolved)
    const fieldText = this.#fieldList(resolved, 1, new Set())
    return `DESCRIPTION:\n${indent(wrap(description || '<empty>', 76), 4)}\n${fieldText === '' ? '' : `FIELDS:\n${fieldText}`}`
  }

  #description(schema: JsonObject): string {
    const resolved = this.#resolve(schema)
    const own = text(resolved.description)
    const parts = [resolved.items, resolved.additionalProperties, ...list(resolved.allOf)].filter(isObject)
    return [own === '' ? '' : `${own}\n`, ...parts.map((part) => this.#description(part))].join('')
  }

  #fieldList(schema: JsonObject, level: number, seen: ReadonlySet<string>): string {
    const ref = text(schema.$ref)
    if (ref !== '' && seen.has(ref)) return ''
    const next = new Set(seen).add(ref)
    const resolved = this.#resolve(schema)
    const properties = record(resolved.properties)
    const required = new Set(list(resolved.required).map(text))
    let out = ''
    for (const name of Object.keys(properties).sort()) {
      const property = record(properties[name])
      out += this.#fieldDetail(name, property, required.has(name), level)
      if (this.#recursive) out += this.#fieldList(property, level + 1, next)
    }
    const within = [...list(resolved.allOf), resolved.items, resolved.additionalProperties].filter(isObject)
    return out + within.map((part) => this.#fieldList(part, level, next)).join('')
  }

  #fieldDetail(name: string, property: JsonObject, required: boolean, level: number): string {
    const margin = level * 2
    const line = `${' '.repeat(margin)}${name}\t<${this.#typeOf(property)}>${required ? ' -required-' : ''}`
    const head = `${line}${enumText(property, margin)}\n`
    if (this.#recursive) return head
    const description = text(property.description) || '<no description>'
    return `${head}${indent(wrap(description, 78 - margin), margin + 2)}\n\n`
  }

  #typeOf(schema: JsonObject): string {
    if (isObject(schema.items)) return `[]${this.#typeOf(schema.items)}`
    if (isObject(schema.additionalProperties)) return `map[string]${this.#typeOf(schema.additionalProperties)}`
    const all = list(schema.allOf).filter(isObject)
    const [only] = all
    if (only && all.length === 1 && !isObject(schema.properties)) return this.#typeOf(only)
    const ref = text(schema.$ref)
    if (ref !== '') {
      const type = text(this.#resolve(schema).type)
      return type === '' || type === 'object' ? (ref.split(/[/.]/).at(-1) ?? 'Object') : type
    }
    const type = text(schema.type)
    return type === 'object' || type === '' ? 'Object' : type
  }

  #resolve(schema: JsonObject): JsonObject {
    const ref = text(schema.$ref)
    if (!ref.startsWith('#/')) return schema
    const found = dig(this.#document, ...ref.slice(2).split('/'))
    return isObject(found) ? found : schema
  }
}

/** The values that a field may have: all of them in a block, or at most four on a line under the field. */
function enumText(schema: JsonObject, margin: number | undefined): string {
  const values = list(schema.enum).map((value) => (value === '' ? '""' : text(value)))
  if (values.length === 0) return ''
  if (margin === undefined) return `ENUM:${values.map((value) => `\n    ${value}`).join('')}`
  const shown = values.slice(0, 4).join(', ')
  return `\n${' '.repeat(margin)}enum: ${shown}${values.length > 4 ? ', ....' : ''}`
}

/** Breaks paragraphs at spaces so that lines stay within the width; line breaks of the text stay. */
export function wrap(paragraphs: string, width: number): string {
  return paragraphs
    .split('\n')
    .map((paragraph) => {
      const lines: string[] = []
      let line = ''
      for (const word of paragraph.split(/\s+/).filter((part) => part !== '')) {
        if (line !== '' && line.length + 1 + word.length > width) {
          lines.push(line)
          line = word
        } else line = line === '' ? word : `${line} ${word}`
      }
      return [...lines, line].join('\n')
    })
    .join('\n')
}

function indent(block: string, margin: number): string {
  return block
    .split('\n')
    .map((line) => ' '.repeat(margin) + line)
    .join('\n')
}
