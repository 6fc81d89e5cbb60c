import type { ApplyField, ApplySchema } from '../src/apply/schema.ts'

/** `string` or another scalar, `@name` of another type, that type with another ownership, or all its forms. */
export type SchemaText = string | { ref: string; atomic: boolean } | SchemaForms

export interface SchemaForms {
  scalar?: string
  list?: { of: SchemaText; keys?: string[]; atomic?: boolean }
  map?: {
    fields?: Record<string, SchemaText>
    defaults?: Record<string, unknown>
    of?: SchemaText
    atomic?: boolean
  }
}

const scalars = ['string', 'numeric', 'boolean', 'untyped'] as const

/** The schema of one of the types. */
export function applySchemaFrom(types: Readonly<Record<string, SchemaText>>, root: string): ApplySchema {
  const schemas = new Map<string, ApplySchema>()
  const named = (name: string): ApplySchema => {
    const known = schemas.get(name)
    if (known) return known
    const text = types[name]
    if (text === undefined) throw new Error(`no type ${name}`)
    const made = schemaFrom(text)
    schemas.set(name, made)
    return made
  }
  const schemaFrom = (text: SchemaText): ApplySchema => {
    if (typeof text === 'string') return text.startsWith('@') ? later(() => named(text.slice(1))) : scalar(text)
    if ('ref' in text) return overridden(() => named(text.ref), text.atomic)
    return forms(text)
  }
  const scalar = (text: string): ApplySchema => ({ scalar: scalars.find((one) => one === text) })
  const forms = ({ scalar: scalarText, list, map }: SchemaForms): ApplySchema => {
    const fields = new Map<string, ApplyField>()
    for (const [name, text] of Object.entries(map?.fields ?? {})) {
      const fallback = map?.defaults?.[name]
      fields.set(name, { schema: schemaFrom(text), ...(fallback === undefined ? {} : { default: fallback }) })
    }
    return {
      ...(scalarText === undefined ? {} : scalar(scalarText)),
      ...(list ? { list: { atomic: list.atomic ?? false, keys: list.keys ?? [], item: schemaFrom(list.of) } } : {}),
      ...(map
        ? {
            map: {
              atomic: map.atomic ?? false,
              field: (name: string) => fields.get(name),
              present: new Map(),
              element: map.of === undefined ? undefined : schemaFrom(map.of),
            },
          }
        : {}),
    }
  }
  return named(root)
}

const later = (of: () => ApplySchema): ApplySchema => ({
  get scalar() {
    return of().scalar
  },
  get list() {
    return of().list
  },
  get map() {
    return of().map
  },
})

const overridden = (of: () => ApplySchema, atomic: boolean): ApplySchema => ({
  get map() {
    const { map } = of()
    return map && { ...map, atomic }
  },
  get list() {
    const { list, map } = of()
    return map ? undefined : list && { ...list, atomic }
  },
})
