/**
 * The struct at `key`, made empty where it is absent: what is a struct in Go is there after decoding, whatever the
 * client sent, and so are its defaults.
 */
export function struct<T extends object, K extends keyof T>(owner: T, key: K): NonNullable<T[K]>
export function struct(owner: object, key: PropertyKey): unknown {
  const value: unknown = Reflect.get(owner, key)
  if (value !== undefined && value !== null) return value
  const made = {}
  Reflect.set(owner, key, made)
  return made
}
