import { isMap } from '../meta/deep.ts'
import { compareElements, ElementError, type PathElement, parseElement } from './path-element.ts'

/**
 * A set of fields, which is the very value that `fieldsV1` holds:
 *
 *     { "f:spec": { "f:replicas": {}, "f:template": { ".": {}, "f:spec": {} } } }
 *
 * A node without members, or with the member `.`, is in the set; all others only lead to what is. The root is never in
 * it. Members are in upstream's order. Sets are never changed once they are made: parts of them are shared.
 */
export interface FieldSet {
  readonly [element: PathElement]: FieldSet
}

/** A set while it is made. */
export interface DraftSet {
  [element: PathElement]: DraftSet
}

export const emptySet: FieldSet = Object.freeze({})

const self = '.'
const leaf: FieldSet = emptySet

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false
  return true
}

/** Whether the node, which is not the root, is itself in the set. */
export function isMember(node: FieldSet | undefined): boolean {
  return node !== undefined && (self in node || isEmptySet(node))
}

/** Whether anything below the node is in the set. */
export function hasChildren(node: FieldSet | undefined): boolean {
  if (node === undefined) return false
  for (const key in node) if (key !== self) return true
  return false
}

export const nodeOf = (set: FieldSet | undefined, element: PathElement): FieldSet | undefined =>
  set !== undefined && Object.hasOwn(set, element) ? set[element] : undefined

export function hasPath(set: FieldSet, path: readonly PathElement[]): boolean {
  let node: FieldSet | undefined = set
  for (const element of path) {
    node = nodeOf(node, element)
    if (node === undefined) return false
  }
  return path.length > 0 && isMember(node)
}

/** Collects paths; one builder makes one set. */
export class SetBuilder {
  #member = false
  #children: Map<PathElement, SetBuilder> | undefined

  /** Adds a path, of which the first `length` elements count; the empty path stands for the whole object and adds nothing. */
  insert(path: readonly PathElement[], length = path.length): void {
    if (length === 0) return
    let node: SetBuilder = this
    for (let i = 0; i < length; i++) node = node.#child(path[i] ?? '')
    node.#member = true
  }

  /** The set, in order. */
  finish(): FieldSet {
    return this.#children ? this.#finish(this.#children) : emptySet
  }

  #child(element: PathElement): SetBuilder {
    this.#children ??= new Map()
    const known = this.#children.get(element)
    if (known) return known
    const made = new SetBuilder()
    this.#children.set(element, made)
    return made
  }

  #finish(children: ReadonlyMap<PathElement, SetBuilder>): FieldSet {
    const out: DraftSet = this.#member ? { [self]: {} } : {}
    const keys = [...children.keys()]
    for (const key of keys.length > 1 ? keys.sort(compareElements) : keys) out[key] = children.get(key)?.finish() ?? {}
    return out
  }
}

export function setOf(...paths: readonly (readonly PathElement[])[]): FieldSet {
  const builder = new SetBuilder()
  for (const path of paths) builder.insert(path)
  return builder.finish()
}

/** What is in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptySet(b)) return a
  if (isEmptySet(a)) return b
  const both = new Map<PathElement, FieldSet>()
  let changed = false
  for (const key of Object.keys(b)) {
    const [x, y] = [a[key], b[key]]
    if (!y) continue
    const node = x ? unionNode(x, y) : y
    if (node !== x) changed = true
    both.set(key, node)
  }
  if (!changed) return a
  for (const key of Object.keys(a)) {
    const x = a[key]
    if (x && !both.has(key)) both.set(key, x)
  }
  const out: DraftSet = {}
  for (const key of [...both.keys()].sort(compareElements)) out[key] = both.get(key) ?? leaf
  return out
}

function unionNode(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return isEmptySet(b) ? a : withSelf(b)
  return isEmptySet(b) ? withSelf(a) : union(a, b)
}

const withSelf = (node: FieldSet): FieldSet => (self in node ? node : { [self]: leaf, ...node })

/** What is in `a` and not in `b`; of a place and what is below it, each counts for itself. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, false)
}

/** What is in `a`, and neither in `b` nor below anything that is in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, true)
}

function subtract(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet {
  if (isEmptySet(b)) return a
  const out: DraftSet = {}
  let changed = false
  for (const key of Object.keys(a)) {
    const x = a[key]
    if (!x) continue
    const y = key === self ? undefined : nodeOf(b, key)
    const rest = y === undefined ? x : subtractNode(x, y, recursive)
    if (rest !== x) changed = true
    if (rest) out[key] = rest
  }
  return changed ? out : a
}

function subtractNode(a: FieldSet, b: FieldSet, recursive: boolean): FieldSet | undefined {
  const gone = isMember(b)
  if (gone && recursive) return undefined
  const rest = subtract(a, b, recursive)
  if (!isMember(a)) return isEmptySet(rest) ? undefined : rest
  if (!gone) return hasChildren(rest) ? rest : leaf
  const { [self]: _, ...children } = rest
  return isEmptySet(children) ? undefined : children
}

/** What is in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const out: DraftSet = {}
  for (const key of Object.keys(a)) {
    const [x, y] = [a[key], nodeOf(b, key)]
    if (key === self || !x || !y) continue
    const children = intersection(x, y)
    const member = isMember(x) && isMember(y)
    if (isEmptySet(children)) {
      if (member) out[key] = leaf
    } else out[key] = member ? withSelf(children) : children
  }
  return out
}

export function setsEqual(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true
  let size = 0
  for (const key in a) {
    size++
    const [x, y] = [a[key], nodeOf(b, key)]
    if (!x || !y || !setsEqual(x, y)) return false
  }
  for (const _ in b) size--
  return size === 0
}

/** Calls for each path in the set: at each level first what is in it, then what is below. The path is reused. */
export function eachPath(set: FieldSet, visit: (path: readonly PathElement[]) => void, path: PathElement[] = []): void {
  const keys = Object.keys(set).filter((key) => key !== self)
  for (const key of keys) {
    if (!isMember(set[key])) continue
    path.push(key)
    visit(path)
    path.pop()
  }
  for (const key of keys) {
    path.push(key)
    eachPath(set[key] ?? emptySet, visit, path)
    path.pop()
  }
}

/** How many paths the set holds. */
export function sizeOf(set: FieldSet): number {
  let size = 0
  eachPath(set, () => size++)
  return size
}

/** Only the paths below which the set holds nothing. */
export function leavesOf(set: FieldSet): FieldSet {
  const out: DraftSet = {}
  for (const key of Object.keys(set)) {
    const node = set[key]
    if (key !== self && node) out[key] = leavesOf(node)
  }
  return out
}

/**
 * The set that a `fieldsV1` stands for, brought into order and without elements of kinds that nobody knows. Throws where
 * it is none. As upstream: `Set.FromJSON`.
 */
export function parseFieldSet(value: unknown): FieldSet {
  const { children } = parseNode(value ?? {})
  return children ? ordered(children) : emptySet
}

function parseNode(value: unknown): { children?: DraftSet; member: boolean } {
  if (value === null) return { member: true }
  if (!isMap(value)) throw new ElementError('expected an object')
  const draft: DraftSet = {}
  let member = false
  for (const key of Object.keys(value)) {
    if (key === self) {
      member = true
      continue
    }
    const element = parseElement(key)
    if (element === undefined) continue
    const { children, member: isSelf } = parseNode(value[key])
    draft[element] = { ...(isSelf && children ? { [self]: {} } : {}), ...children }
  }
  return isEmptySet(draft) ? { member: true } : { children: draft, member }
}

function ordered(draft: DraftSet): DraftSet {
  const out: DraftSet = {}
  for (const key of Object.keys(draft).sort(compareElements)) {
    const node = draft[key]
    if (node) out[key] = ordered(node)
  }
  return out
}

/** The set without what lies below the paths of another set, or at them. */
export type FieldFilter = (set: FieldSet) => FieldSet

export const excluding =
  (excluded: FieldSet): FieldFilter =>
  (set) =>
    recursiveDifference(set, excluded)

/**
 * Keeps only what is at or below one of the paths, and what leads to them; `*` stands for any element. As upstream:
 * `NewIncludeMatcherFilter`.
 */
export const including =
  (...patterns: readonly (readonly PathElement[])[]): FieldFilter =>
  (set) =>
    matching(set, patterns)

function matching(set: FieldSet, patterns: readonly (readonly PathElement[])[]): FieldSet {
  if (patterns.some((pattern) => pattern.length === 0)) return set
  const out: DraftSet = {}
  for (const key of Object.keys(set)) {
    const node = set[key]
    const rest = patterns.filter(([first]) => first === '*' || first === key).map((pattern) => pattern.slice(1))
    if (key === self || !node || rest.length === 0) continue
    const children = matching(node, rest)
    if (isMember(node)) out[key] = hasChildren(children) ? withSelf(children) : leaf
    else if (hasChildren(children)) out[key] = children
  }
  return out
}
