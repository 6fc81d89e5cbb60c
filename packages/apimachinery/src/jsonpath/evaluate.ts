import { isMap } from '../meta/deep.ts'
import { compareValues } from './compare.ts'
import type { Node } from './nodes.ts'

export interface EvaluateOptions {
  /** A missing field gives nothing instead of an error. */
  allowMissingKeys?: boolean
}

/**
 * Evaluates parsed nodes on a value: one list of results for each action and text outside of a range, in order. As client-go
 * util/jsonpath: `{range}` repeats what follows up to its `{end}` for each of its results.
 */
export function findResults(nodes: readonly Node[], data: unknown, options: EvaluateOptions = {}): unknown[][] {
  const results: unknown[][] = []
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]
    if (!node) break
    const first = node.kind === 'list' ? node.nodes[0] : node
    if (first?.kind === 'identifier' && first.name === 'end') throw new Error('not in range, nothing to end')
    if (node.kind === 'list' && first?.kind === 'identifier' && first.name === 'range') {
      const end = endOf(nodes, at)
      const body = nodes.slice(at + 1, end)
      const items = walkAll(node.nodes.slice(1), [data], options)
      for (const item of items) results.push(...findResults(body, item, options))
      at = end
      continue
    }
    results.push(walk(node, [data], options))
  }
  return results
}

/** The index of the `{end}` that closes the range at `start`; the end of the list where it is missing. */
function endOf(nodes: readonly Node[], start: number): number {
  let depth = 0
  for (let at = start; at < nodes.length; at++) {
    const node = nodes[at]
    const first = node?.kind === 'list' ? node.nodes[0] : undefined
    if (first?.kind !== 'identifier') continue
    if (first.name === 'range') depth++
    if (first.name === 'end' && --depth === 0) return at
  }
  return nodes.length
}

function walkAll(nodes: readonly Node[], input: unknown[], options: EvaluateOptions): unknown[] {
  return nodes.reduce<unknown[]>((values, node) => walk(node, values, options), input)
}

function walk(node: Node, input: unknown[], options: EvaluateOptions): unknown[] {
  switch (node.kind) {
    case 'list':
      return walkAll(node.nodes, input, options)
    case 'text':
      return [node.text]
    case 'number':
    case 'bool':
      return input.map(() => node.value)
    case 'field':
      return field(node.name, input, options)
    case 'array':
      return input.flatMap((value) => (value === null || value === undefined ? [] : slice(node, value)))
    case 'wildcard':
      return input.flatMap(members)
    case 'recursive':
      return descend(input)
    case 'union':
      return node.members.flatMap((member) => walk(member, input, options))
    case 'filter':
      return input.flatMap((value) => filter(node, value, options))
    case 'identifier':
      throw new Error(`unrecognized identifier ${node.name}`)
  }
}

function field(name: string, input: unknown[], options: EvaluateOptions): unknown[] {
  // A field without a name is `{.}`: the value itself.
  if (name === '') return input
  const found = input.filter((value) => isMap(value) && Object.hasOwn(value, name))
  if (found.length === 0 && !options.allowMissingKeys && input.length > 0) throw new Error(`${name} is not found`)
  return found.map((value) => (isMap(value) ? value[name] : undefined))
}

function slice(node: Node & { kind: 'array' }, value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new Error(`${goType(value)} is not array or slice`)
  let start = node.start.value ?? 0
  let end = node.end.value ?? value.length
  if (start < 0) start += value.length
  if (end < 0 || (end === 0 && node.end.derived)) end += value.length
  if (start === end) return []
  const outside = (index: number) => new Error(`array index out of bounds: index ${index}, length ${value.length}`)
  if (start >= value.length || start < 0) throw outside(start)
  if (end > value.length || end < 0) throw outside(end - 1)
  if (start > end) throw new Error(`starting index ${start} is greater than ending index ${end}`)
  const step = node.step.value ?? 1
  if (step <= 0) throw new Error('step must be > 0')
  return value.slice(start, end).filter((_item, index) => index % step === 0)
}

function goType(value: unknown): string {
  if (isMap(value)) return 'map[string]interface {}'
  if (typeof value === 'string') return 'string'
  return typeof value === 'boolean' ? 'bool' : 'float64'
}

function members(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  if (!isMap(value)) return []
  return Object.keys(value)
    .sort()
    .map((key) => value[key])
}

function descend(input: unknown[]): unknown[] {
  return input.flatMap((value) => {
    const inside = members(value)
    return inside.length === 0 ? [] : [value, ...descend(inside)]
  })
}

function filter(node: Node & { kind: 'filter' }, value: unknown, options: EvaluateOptions): unknown[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) throw new Error(`${goType(value)} is not array or slice and cannot be filtered`)
  return value.filter((item) => {
    const lefts = walk(node.left, [item], { ...options, allowMissingKeys: true })
    if (node.operator === 'exists') return lefts.length > 0
    if (lefts.length === 0) return false
    if (lefts.length > 1) throw new Error('can only compare one element at a time')
    const rights = walk(node.right, [item], { ...options, allowMissingKeys: true })
    if (rights.length === 0) return false
    if (rights.length > 1) throw new Error('can only compare one element at a time')
    return compareValues(lefts[0], node.operator, rights[0])
  })
}
