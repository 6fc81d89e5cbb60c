import { parseYAML, toYAML } from '@wherry/apimachinery'

type Section = 'clusters' | 'contexts' | 'users'

export interface NamedEntry {
  name: string
}

/** What is to change in a kubeconfig. */
export interface Edit {
  put?: Partial<Record<Section, NamedEntry>>
  /** By name. */
  remove?: Partial<Record<Section, string>>
  currentContext?: string
}

/**
 * Changes a kubeconfig's text line by line, so that comments and order stay. Undefined when the text is not in the block
 * style that kubectl writes. The caller checks that the result means what it should.
 */
export function splice(text: string, { put = {}, remove = {}, currentContext }: Edit): string | undefined {
  if (text.trim() === '' || /^\s*[{[]/.test(text)) return undefined
  const lines = text.replace(/\n+$/, '').split('\n')
  for (const section of ['clusters', 'contexts', 'users'] as const) {
    const entry = put[section]
    const name = entry?.name ?? remove[section]
    if (name !== undefined && !editSection(lines, section, name, entry)) return undefined
  }
  if (currentContext !== undefined) setScalar(lines, 'current-context', currentContext)
  for (const [key, value] of [
    ['kind', 'Config'],
    ['apiVersion', 'v1'],
  ] as const) {
    if (!lines.some((line) => line.startsWith(`${key}:`))) lines.unshift(`${key}: ${value}`)
  }
  return `${lines.join('\n')}\n`
}

function setScalar(lines: string[], key: string, value: string): void {
  const line = `${key}: ${JSON.stringify(value)}`
  const at = lines.findIndex((candidate) => candidate.startsWith(`${key}:`))
  if (at >= 0) lines[at] = line
  else lines.push(line)
}

interface Item {
  /** The first line and the one after the last. */
  from: number
  to: number
  name: unknown
}

/** False when the section is in a form that lines cannot be cut from. */
function editSection(lines: string[], section: Section, name: string, entry: NamedEntry | undefined): boolean {
  const head = lines.findIndex((line) => line.startsWith(`${section}:`))
  if (head < 0) {
    if (entry) lines.push(`${section}:`, ...block(entry, ''))
    return true
  }
  const value = (lines[head] ?? '')
    .slice(section.length + 1)
    .replace(/#.*/, '')
    .trim()
  if (value !== '' && value !== '[]' && value !== 'null') return false
  const items = value === '' ? itemsAfter(lines, head) : []
  if (!items) return false
  const found = items.find((item) => item.name === name)
  const indent = /^ */.exec(lines[items[0]?.from ?? head] ?? '')?.[0] ?? ''
  if (!entry) {
    if (found) lines.splice(found.from, found.to - found.from)
    if (found && items.length === 1) lines[head] = `${section}: []`
    return true
  }
  if (items.length === 0) lines[head] = `${section}:`
  const at = found?.from ?? items.at(-1)?.to ?? head + 1
  lines.splice(at, found ? found.to - found.from : 0, ...block(entry, indent))
  return true
}

/** The items of the list below a key, each without the comments and blank lines that follow it. */
function itemsAfter(lines: readonly string[], head: number): Item[] | undefined {
  const items: Item[] = []
  let indent: string | undefined
  for (let index = head + 1; index < lines.length; index++) {
    const line = lines[index] ?? ''
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue
    const dash = /^( *)- /.exec(line)
    if (!dash && !line.startsWith(' ')) break
    indent ??= dash?.[1]
    const last = items.at(-1)
    if (dash && dash[1] === indent) items.push({ from: index, to: index + 1, name: undefined })
    else if (last) last.to = index + 1
    else return undefined
  }
  return items.map((item) => ({ ...item, name: nameIn(lines.slice(item.from, item.to)) }))
}

function nameIn(lines: readonly string[]): unknown {
  const [list] = parseYAML(lines.join('\n'))
  const item: unknown = Array.isArray(list) ? list[0] : undefined
  return typeof item === 'object' && item !== null && 'name' in item ? item.name : undefined
}

function block(entry: NamedEntry, indent: string): string[] {
  return toYAML([entry])
    .trimEnd()
    .split('\n')
    .map((line) => indent + line)
}
