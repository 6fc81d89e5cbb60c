import { apiVersionOf, type CustomResourceSubresourceScale, type KubeObject } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid } from '@wherry/apimachinery'
import type { Definition } from './conditions.ts'
import { kindOf, type ObjectRules, schemaOf, type Version } from './custom-definition.ts'
import { integerAt, textAt } from './json-paths.ts'
import { type Check, compileCheck } from './schema/check.ts'
import { Correlation } from './schema/correlation.ts'
import { compileEmbedded } from './schema/embedded.ts'
import { Findings, fieldErrorsOf } from './schema/findings.ts'
import { listTypeErrors } from './schema/list-types.ts'
import { propertyOf } from './schema/schema.ts'
import { newRuleChecker } from './validation-rules.ts'

type CustomObject = DeepReadonly<KubeObject & { status?: unknown }>

/** What is demanded of the objects of one version. As upstream: registry/customresource, `strategy` and `validator`. */
export function newObjectRules(definition: Definition, version: Version): ObjectRules {
  const schema = schemaOf(version)
  const kind = kindOf(definition, version)
  const check = later(() => schema && compileCheck(schema))
  const statusSchema = propertyOf(schema, 'status')
  const checkStatus = later(() => statusSchema && compileCheck(statusSchema))
  const embedded = compileEmbedded(schema)
  const rules = newRuleChecker(schema)
  const { scale } = version.subresources ?? {}

  const typeErrors = (object: CustomObject): FieldError[] => {
    const apiVersion = apiVersionOf(kind)
    return [
      ...(object.kind === kind.kind ? [] : [fieldInvalid('kind', object.kind, `must be ${kind.kind}`)]),
      ...(object.apiVersion === apiVersion
        ? []
        : [fieldInvalid('apiVersion', object.apiVersion, `must be ${apiVersion}`)]),
    ]
  }
  /** The rules in CEL make sense only on an object that has the form they are written for. */
  const withRules = (errors: FieldError[], object: CustomObject, old?: CustomObject): FieldError[] => {
    if (!rules) return errors
    if (errors.some(({ type }) => blocking.has(type))) return [...errors, unchecked]
    return [...errors, ...rules.check(object, old)]
  }
  return {
    validate(object, old) {
      if (old) return []
      const type = typeErrors(object)
      if (type.length > 0) return type
      const errors = [
        ...schemaErrors(check(), object, undefined, ''),
        ...specErrors(object, scale),
        ...statusErrors(object, scale),
        ...embedded(object, ''),
        ...listTypeErrors(object, schema),
      ]
      return withRules(errors, object)
    },
    validateUpdate(object, old) {
      const type = typeErrors(object)
      if (type.length > 0) return type
      const before = schema && new Correlation(object, old, schema)
      const errors = [
        ...schemaErrors(check(), object, before, ''),
        ...specErrors(object, scale),
        ...statusErrors(object, scale),
        ...embedded(object, ''),
        ...newListErrors(object, old, schema),
      ]
      return withRules(errors, object, old)
    },
    validateStatusUpdate(object: CustomObject, old: CustomObject) {
      const type = typeErrors(object)
      if (type.length > 0) return type
      const before = statusSchema && new Correlation(object.status, old.status, statusSchema)
      const errors = [
        ...('status' in object ? schemaErrors(checkStatus(), object.status, before, 'status') : []),
        ...statusErrors(object, scale),
        ...newListErrors(object, old, schema),
      ]
      return withRules(errors, object, old)
    },
  }
}

const blocking: ReadonlySet<FieldError['type']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
])
const unchecked = fieldInvalid(
  '<nil>',
  null,
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
)

function later<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** Where something is wrong, a second look leaves out what has not changed. */
function schemaErrors(
  check: Check | undefined,
  value: unknown,
  before: Correlation | undefined,
  at: string,
): FieldError[] {
  if (!check) return []
  const findings = new Findings()
  check(value, '', undefined, findings)
  if (findings.valid || !before) return fieldErrorsOf(findings, at)
  if (before.unchanged) return []
  const ratcheted = new Findings()
  check(value, '', before, ratcheted)
  return fieldErrorsOf(ratcheted, at)
}

/** Lists that held an item twice before may go on doing so. */
function newListErrors(object: CustomObject, old: CustomObject, schema: ReturnType<typeof schemaOf>): FieldError[] {
  const errors = listTypeErrors(object, schema)
  return errors.length > 0 && listTypeErrors(old, schema).length > 0 ? [] : errors
}

const maxInt32 = 2 ** 31 - 1

type Paths = DeepReadonly<CustomResourceSubresourceScale> | undefined

function specErrors(object: CustomObject, scale: Paths): FieldError[] {
  return scale ? replicasErrors(object, scale.specReplicasPath) : []
}

function statusErrors(object: CustomObject, scale: Paths): FieldError[] {
  if (!scale) return []
  const errors = replicasErrors(object, scale.statusReplicasPath)
  const { labelSelectorPath } = scale
  if (labelSelectorPath === undefined) return errors
  return [...errors, ...problemOf(labelSelectorPath, '', () => textAt(object, labelSelectorPath))]
}

function replicasErrors(object: CustomObject, path: string): FieldError[] {
  let replicas = 0
  const problems = problemOf(path, 0, () => {
    replicas = integerAt(object, path) ?? 0
  })
  if (problems.length > 0) return problems
  if (replicas < 0) return [fieldInvalid(path, replicas, 'should be a non-negative integer')]
  if (replicas <= maxInt32) return []
  return [fieldInvalid(path, replicas, `should be less than or equal to ${maxInt32}`)]
}

function problemOf(path: string, value: unknown, read: () => unknown): FieldError[] {
  try {
    read()
    return []
  } catch (error) {
    return [fieldInvalid(path, value, error instanceof Error ? error.message : String(error))]
  }
}
