import type { JsonObject } from '../../objects/json.ts'

/** The containers whose name fits a pattern in which `*` stands for any letters. */
export function selectNames(containers: readonly JsonObject[], pattern: string): JsonObject[] {
  const literal = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  const matcher = new RegExp(`^${literal.join('.*')}$`)
  return containers.filter(({ name }) => typeof name === 'string' && matcher.test(name))
}
