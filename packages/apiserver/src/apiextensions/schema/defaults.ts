import { child, deepEqual, type FieldError, fieldInvalid, index, isMap } from '@wherry/apimachinery'
import { newRuleChecker } from '../validation-rules.ts'
import { compileCheck } from './check.ts'
import { compileEmbedded } from './embedded.ts'
import { Findings, fieldErrorsOf } from './findings.ts'
import { hasDefault, isEmbedded, itemsOf, type Schema } from './schema.ts'
import { prune } from './tidy.ts'

/**
 * Checks that the defaults of a structural schema fulfil it and hold nothing that would be pruned. As upstream:
 * apiextensions-apiserver, `ValidateDefaults`.
 */
export function defaultErrors(schema: Schema, path: string, requirePruned: boolean): FieldError[] {
  const errors = hasDefault(schema) ? errorsOf(schema, child(path, 'default'), requirePruned) : []
  const items = itemsOf(schema)
  if (items) errors.push(...defaultErrors(items, child(path, 'items'), requirePruned))
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...defaultErrors(property, index(child(path, 'properties'), name), requirePruned))
  }
  return errors
}

function errorsOf(schema: Schema, path: string, requirePruned: boolean): FieldError[] {
  const value = schema.default
  const errors: FieldError[] = []
  try {
    if (requirePruned && !deepEqual(withoutTypes(prune(value, schema), schema), withoutTypes(value, schema))) {
      errors.push(fieldInvalid(path, value, 'must not have unknown fields'))
    }
  } catch (error) {
    return [fieldInvalid(path, value, error instanceof Error ? error.message : String(error))]
  }
  const embedded = compileEmbedded(schema)(value, path)
  if (embedded.length > 0) return [...errors, ...embedded]
  const findings = new Findings()
  compileCheck(schema)(value, '', undefined, findings)
  const found = fieldErrorsOf(findings, path)
  if (found.length > 0) return [...errors, ...found]
  return [...errors, ...(newRuleChecker(schema, path)?.checkValue(value) ?? [])]
}

/** What every object has is no matter of pruning. */
function withoutTypes(value: unknown, schema: Schema): unknown {
  if (!isEmbedded(schema) || !isMap(value)) return value
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = value
  return rest
}
