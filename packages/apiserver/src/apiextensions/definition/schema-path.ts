import { additionalOf, propertyOf, type Schema } from '../schema/schema.ts'

export type Found = { readonly path: string; readonly schema: Schema | undefined } | { readonly problem: string }

/**
 * What a path such as `.spec.labels['a.b']` points to in a schema, and the path as field errors write it. As upstream:
 * `ValidFieldPath`.
 */
export function schemaAt(jsonPath: string, root: Schema, { arrays = true } = {}): Found {
  const tokens = jsonPath.match(/'(?:\\.|[^'\\])*'|[.[\]]|[^.[\]]+/g) ?? []
  let schema: Schema | undefined = root
  let path = ''
  let at = 0
  const step = (name: string): string | undefined => {
    if (schema?.properties && Object.keys(schema.properties).length > 0) {
      schema = propertyOf(schema, name)
      path = path === '' ? name : `${path}.${name}`
      return schema ? undefined : 'does not refer to a valid field'
    }
    const additional: Schema | 'any' | undefined = schema && additionalOf(schema)
    if (additional === undefined) return 'does not refer to a valid field'
    schema = additional === 'any' ? undefined : additional
    path = `${path}[${name}]`
    return undefined
  }
  const endOfPath = { problem: 'unexpected end of JSON path' }
  while (at < tokens.length) {
    const token = tokens[at++]
    const next = tokens[at++]
    if (token !== '.' && token !== '[') return { problem: `expected [ or . but got: ${token}` }
    if (token === '[' && !arrays) return { problem: 'array notation is not allowed' }
    if (next === undefined) return endOfPath
    if (token === '.') {
      const problem = step(next)
      if (problem) return { problem }
      continue
    }
    if (!/^'.*'$/s.test(next) || next.length < 2) return { problem: `expected single quoted string but got ${next}` }
    const problem = step(next.slice(1, -1).replace(/\\(.)/g, '$1'))
    if (problem) return { problem }
    const close = tokens[at++]
    if (close === undefined) return endOfPath
    if (close !== ']') return { problem: `expected ] but got ${close}` }
  }
  return { path, schema }
}
