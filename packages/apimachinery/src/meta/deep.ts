/** The type of a value that nobody may change, all the way down. */
export type DeepReadonly<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends ReadonlyArray<infer Item>
    ? ReadonlyArray<DeepReadonly<Item>>
    : T extends object
      ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
      : T

/** Whether two JSON values are the same. A member that is `undefined` is as good as absent; key order is no matter. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => deepEqual(item, b[i]))
  if (!isMap(a) || !isMap(b)) return Number.isNaN(a) && Number.isNaN(b)
  for (const key of Object.keys(b)) {
    if (!deepEqual(Object.hasOwn(a, key) ? a[key] : undefined, b[key])) return false
  }
  for (const key of Object.keys(a)) if (a[key] !== undefined && !Object.hasOwn(b, key)) return false
  return true
}

/**
 * Whether two values mean the same to the API: null, absent, an empty list and an empty map are one.
 * As upstream: api/equality, `Semantic.DeepEqual`.
 */
export function semanticEqual(a: unknown, b: unknown): boolean {
  if (a === b || (isEmpty(a) && isEmpty(b))) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => semanticEqual(item, b[i]))
  }
  if (!isMap(a) || !isMap(b)) return false
  for (const key of Object.keys(b)) {
    if (!semanticEqual(Object.hasOwn(a, key) ? a[key] : undefined, b[key])) return false
  }
  for (const key of Object.keys(a)) if (!isEmpty(a[key]) && !Object.hasOwn(b, key)) return false
  return true
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value !== 'object') return false
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0
}

/** A copy of a JSON value that shares nothing with it. A key named `__proto__` stays a key. */
export function deepClone<T>(value: T | DeepReadonly<T>): T & Mutable<T>
export function deepClone(value: unknown): unknown {
  return cloneMember(value)
}

function cloneMember(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (!isMap(value)) return Array.isArray(value) ? value.map(cloneMember) : value
  const copy: Record<string, unknown> = {}
  for (const key of Object.keys(value)) {
    const member = cloneMember(value[key])
    if (key === '__proto__') setKey(copy, key, member)
    else copy[key] = member
  }
  return copy
}

/** What a copy of a `DeepReadonly<T>` is. */
export type Mutable<T> = T extends (...args: never[]) => unknown
  ? T
  : T extends ReadonlyArray<infer Item>
    ? Array<Mutable<Item>>
    : T extends object
      ? { -readonly [Key in keyof T]: Mutable<T[Key]> }
      : T

/** A JSON object, as against a list or a scalar. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Sets an own member, whatever it is called: a plain assignment to `__proto__` would set the prototype. */
export function setKey(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
  } else object[key] = value
}

/** Freezes a value all the way down and returns it. */
export function deepFreeze<T>(value: T): DeepReadonly<T>
export function deepFreeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const member of Object.values(value)) deepFreeze(member)
  }
  return value
}

/** JSON with sorted keys: equal values give equal texts. Members that are `undefined` are left out. */
export function stableStringify(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(stableStringify).join(',')}]`
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => compareUtf8(a, b))
  return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${stableStringify(member)}`).join(',')}}`
}

/** Orders text by its UTF-8 bytes, as Go sorts strings and etcd its keys: -1, 0 or 1. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    // Halves of a surrogate pair stand for code points above all others.
    if (x >= 0xd800 && y >= 0xd800) return rank(x) < rank(y) ? -1 : 1
    return x < y ? -1 : 1
  }
  return Math.sign(a.length - b.length)
}

const rank = (unit: number): number => (unit >= 0xe000 ? unit - 0x800 : unit + 0x2000)
