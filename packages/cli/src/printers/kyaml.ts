import { isObject } from '../objects/json.ts'

/** A value as KYAML: YAML in flow style, strings always quoted, commas after every member (KEP-5295). */
export function toKYAML(value: unknown): string {
  return render(value, '')
}

function render(value: unknown, indent: string): string {
  if (Array.isArray(value)) return renderList(value, indent)
  if (!isObject(value)) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  if (entries.length === 0) return '{}'
  const inner = `${indent}  `
  const lines = entries.map(([key, member]) => `${inner}${keyText(key)}: ${render(member, inner)},\n`)
  return `{\n${lines.join('')}${indent}}`
}

/** Objects in a list stand directly beside its brackets. */
function renderList(items: readonly unknown[], indent: string): string {
  if (items.length === 0) return '[]'
  if (items.every((item) => isObject(item) && Object.keys(item).length > 0)) {
    return `[${items.map((item) => render(item, indent)).join(', ')}]`
  }
  const inner = `${indent}  `
  return `[\n${items.map((item) => `${inner}${render(item, inner)},\n`).join('')}${indent}]`
}

const ambiguous = /^(true|false|yes|no|on|off|y|n|null|~|[-+.]?\d.*)$/i

function keyText(key: string): string {
  return /^[A-Za-z_][\w./-]*$/.test(key) && !ambiguous.test(key) ? key : JSON.stringify(key)
}
