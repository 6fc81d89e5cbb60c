import type { CustomResourceDefinitionNames } from '@wherry/api'
import { child, type DeepReadonly, type FieldError, fieldInvalid, index, isDNS1035Label } from '@wherry/apimachinery'

/** The form of the names, where they are set. As upstream: `ValidateCustomResourceDefinitionNames`. */
export function namesErrors(names: DeepReadonly<CustomResourceDefinitionNames>, path: string): FieldError[] {
  const { plural = '', singular = '', kind = '', listKind = '', shortNames = [], categories = [] } = names
  const errors: FieldError[] = []
  const label = (at: string, value: string) => {
    const refused = isDNS1035Label(value)
    if (refused.length > 0) errors.push(fieldInvalid(at, value, refused.join(',')))
  }
  const mixed = (at: string, value: string) => {
    const refused = isDNS1035Label(value.toLowerCase())
    if (refused.length === 0) return
    errors.push(fieldInvalid(at, value, `may have mixed case, but should otherwise match: ${refused.join(',')}`))
  }
  if (plural !== '') label(child(path, 'plural'), plural)
  if (singular !== '') label(child(path, 'singular'), singular)
  if (kind !== '') mixed(child(path, 'kind'), kind)
  if (listKind !== '') mixed(child(path, 'listKind'), listKind)
  for (const [at, name] of shortNames.entries()) label(index(child(path, 'shortNames'), at), name)
  if (kind !== '' && kind === listKind) {
    errors.push(fieldInvalid(child(path, 'listKind'), listKind, 'kind and listKind may not be the same'))
  }
  for (const [at, name] of categories.entries()) label(index(child(path, 'categories'), at), name)
  return errors
}
