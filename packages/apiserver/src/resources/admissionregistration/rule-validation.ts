import type { MatchCondition, NamedRuleWithOperations, RuleWithOperations } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooMany,
  isPathSegmentName,
  isQualifiedName,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const scopes = ['*', 'Cluster', 'Namespaced']
const maxConditions = 64

/** As pkg/apis/admissionregistration/validation `validateRuleWithOperations`. */
export function validateRule(rule: DeepReadonly<RuleWithOperations>, field: string): FieldError[] {
  const asked = rule.operations ?? []
  return [
    ...validateWords(rule.operations, `${field}.operations`, 'operations'),
    ...asked.flatMap((one, i) => oneOf(`${field}.operations[${i}]`, one, operations)),
    ...validateWords(rule.apiGroups, `${field}.apiGroups`, 'API groups'),
    ...validateWords(rule.apiVersions, `${field}.apiVersions`, 'API versions'),
    ...(rule.apiVersions ?? []).flatMap((one, i) => (one ? [] : [fieldRequired(`${field}.apiVersions[${i}]`)])),
    ...validateResources(rule.resources ?? [], `${field}.resources`),
    ...oneOf(`${field}.scope`, rule.scope, scopes),
  ]
}

/** The same for a rule that may name objects. */
export function validateNamedRule(rule: DeepReadonly<NamedRuleWithOperations>, field: string): FieldError[] {
  const names = rule.resourceNames ?? []
  const errors = names.flatMap((name, i) => {
    const at = `${field}.resourceNames[${i}]`
    const duplicate = names.indexOf(name) < i ? [fieldDuplicate(at, name)] : []
    return [...refusals(at, name, isPathSegmentName(name)), ...duplicate]
  })
  return [...errors, ...validateRule(rule, field)]
}

/** Refuses a value that is there and not among the supported ones. */
export function oneOf(field: string, value: string | undefined, values: readonly string[]): FieldError[] {
  return value === undefined || values.includes(value) ? [] : [fieldNotSupported(field, value, values)]
}

function validateWords(words: readonly string[] | undefined, field: string, what: string): FieldError[] {
  if (!words?.length) return [fieldRequired(field)]
  if (words.length === 1 || !words.includes('*')) return []
  return [fieldInvalid(field, words, `if '*' is present, must not specify other ${what}`)]
}

function validateResources(resources: readonly string[], field: string): FieldError[] {
  if (resources.length === 0) return [fieldRequired(field)]
  const errors: FieldError[] = []
  const [allOfResource, allOfSubresource] = [new Set<string>(), new Set<string>()]
  let plain = false
  for (const [i, text] of resources.entries()) {
    const at = `${field}[${i}]`
    if (text === '') {
      errors.push(fieldRequired(at))
      continue
    }
    const slash = text.indexOf('/')
    if (slash < 0) {
      plain = text !== '*'
      continue
    }
    const [resource, sub] = [text.slice(0, slash), text.slice(slash + 1)]
    const refuse = (other: string) =>
      errors.push(fieldInvalid(at, text, `if '${other}' is present, must not specify ${text}`))
    if (allOfResource.has(resource)) refuse(`${resource}/*`)
    if (allOfSubresource.has(sub)) refuse(`*/${sub}`)
    if (sub === '*') allOfResource.add(resource)
    if (resource === '*') allOfSubresource.add(sub)
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(fieldInvalid(field, resources, "if '*/*' is present, must not specify other resources"))
  }
  if (plain && resources.includes('*')) {
    const detail = "if '*' is present, must not specify other resources without subresources"
    errors.push(fieldInvalid(field, resources, detail))
  }
  return errors
}

/** All but what the expressions say. */
export function validateMatchConditions(
  conditions: DeepReadonly<MatchCondition[]> | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  const names = new Set<string>()
  if ((conditions?.length ?? 0) > maxConditions) {
    errors.push(fieldTooMany(field, conditions?.length ?? 0, maxConditions))
  }
  for (const [i, { name, expression }] of (conditions ?? []).entries()) {
    const at = `${field}[${i}]`
    if (!expression?.trim()) errors.push(fieldRequired(`${at}.expression`))
    if (!name) {
      errors.push(fieldRequired(`${at}.name`))
      continue
    }
    errors.push(...refusals(`${at}.name`, name, isQualifiedName(name)))
    if (names.has(name)) errors.push(fieldDuplicate(`${at}.name`, name))
    names.add(name)
  }
  return errors
}
