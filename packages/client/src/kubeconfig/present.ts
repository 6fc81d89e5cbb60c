/** Takes the members out that are undefined, so that what is written is what was read. */
export function present<T extends object>(object: T): T {
  for (const key of Object.keys(object)) if (Reflect.get(object, key) === undefined) Reflect.deleteProperty(object, key)
  return object
}
