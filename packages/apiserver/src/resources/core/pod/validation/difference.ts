import { semanticEqual } from '@wherry/apimachinery'

/** The members that differ, old and new. Upstream shows go-cmp's picture of them, which is stable for nobody. */
export function difference(old: object, now: object): string {
  const names = new Set([...Object.keys(old), ...Object.keys(now)])
  return [...names]
    .filter((name) => !semanticEqual(Reflect.get(old, name), Reflect.get(now, name)))
    .flatMap((name) => [`-${line(old, name)}`, `+${line(now, name)}`])
    .join('\n')
}

const line = (object: object, name: string): string => ` ${name}: ${JSON.stringify(Reflect.get(object, name) ?? null)}`
