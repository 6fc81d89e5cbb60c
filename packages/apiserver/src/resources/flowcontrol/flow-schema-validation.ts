import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  isDNS1123Subdomain,
  semanticEqual,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { flowSchemaSpecs, mandatory } from './bootstrap-objects.ts'

type Schema = DeepReadonly<FlowSchema>

const maxPrecedence = 10_000
const methods = ['ByNamespace', 'ByUser']
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']

/** As pkg/apis/flowcontrol/validation `ValidateFlowSchema`. */
export function validateFlowSchema(schema: Schema): FieldError[] {
  const name = schema.metadata.name ?? ''
  const { matchingPrecedence: precedence = 0, distinguisherMethod: method, rules = [] } = schema.spec ?? {}
  const level = schema.spec?.priorityLevelConfiguration?.name ?? ''
  const errors: FieldError[] = []
  const refuse = (detail: string) => errors.push(fieldInvalid('spec.matchingPrecedence', precedence, detail))
  if (precedence <= 0) refuse('must be a positive value')
  if (precedence > maxPrecedence) refuse(`must not be greater than ${maxPrecedence}`)
  if (precedence === 1 && name !== 'exempt') refuse("only the schema named 'exempt' may have matchingPrecedence 1")
  if (method && !methods.includes(method.type)) {
    errors.push(fieldNotSupported('spec.distinguisherMethod.type', { Type: method.type }, methods))
  }
  const levelField = 'spec.priorityLevelConfiguration.name'
  if (level === '') errors.push(fieldRequired(levelField, 'must reference a priority level'))
  else errors.push(...refusals(levelField, level, isDNS1123Subdomain(level)))
  errors.push(...rules.flatMap((rule, i) => validateRules(rule, `spec.rules[${i}]`)))
  const fixed = mandatory.includes(name) ? flowSchemaSpecs[name] : undefined
  if (fixed && !semanticEqual(schema.spec, fixed)) {
    errors.push(fieldInvalid('spec', schema.spec, `spec of '${name}' must equal the fixed value`))
  }
  return [...errors, ...validateConditionTypes(schema.status?.conditions)]
}

/** Conditions have types, each once. */
export function validateConditionTypes(conditions: readonly { readonly type?: string }[] | undefined): FieldError[] {
  const types = (conditions ?? []).map(({ type = '' }) => type)
  return types.flatMap((type, i) => {
    const at = `status.conditions[${i}].type`
    return [
      ...(types.indexOf(type) < i ? [fieldDuplicate(at, type)] : []),
      ...(type === '' ? [fieldRequired(at, 'must not be empty')] : []),
    ]
  })
}

function validateRules(rules: DeepReadonly<PolicyRulesWithSubjects>, field: string): FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rules
  const errors =
    subjects.length === 0
      ? [fieldRequired(`${field}.subjects`, 'subjects must contain at least one value')]
      : subjects.flatMap((subject, i) => validateSubject(subject, `${field}.subjects[${i}]`))
  if (resourceRules.length + nonResourceRules.length === 0) {
    errors.push(fieldRequired(field, 'at least one of resourceRules and nonResourceRules has to be non-empty'))
  }
  return [
    ...errors,
    ...resourceRules.flatMap((rule, i) => validateResourceRule(rule, `${field}.resourceRules[${i}]`)),
    ...nonResourceRules.flatMap((rule, i) => validateNonResourceRule(rule, `${field}.nonResourceRules[${i}]`)),
  ]
}

/** Which member says more of a subject of each kind, in the order in which upstream speaks of the others. */
const members = { ServiceAccount: 'serviceAccount', User: 'user', Group: 'group' } as const

function validateSubject(subject: DeepReadonly<Subject>, field: string): FieldError[] {
  const kinds = Object.entries(members)
  const own = kinds.find(([kind]) => kind === subject.kind)
  if (!own) return [fieldNotSupported(`${field}.kind`, subject.kind ?? '', ['Group', 'ServiceAccount', 'User'])]
  const errors = validateDetails(subject, own, field)
  for (const [kind, member] of kinds) {
    if (kind === subject.kind || subject[member] === undefined) continue
    errors.push(fieldForbidden(`${field}.${member}`, `${member} is forbidden when subject kind is not '${kind}'`))
  }
  return errors
}

function validateDetails(
  subject: DeepReadonly<Subject>,
  [kind, member]: readonly [string, 'serviceAccount' | 'user' | 'group'],
  field: string,
): FieldError[] {
  const at = `${field}.${member}`
  const details = subject[member]
  if (!details) return [fieldRequired(at, `${member} is required when subject kind is '${kind}'`)]
  const errors = details.name ? [] : [fieldRequired(`${at}.name`)]
  const account = subject.serviceAccount
  if (member !== 'serviceAccount' || !account) return errors
  const { name = '', namespace = '' } = account
  if (name !== '' && name !== '*') errors.push(...refusals(`${at}.name`, name, isDNS1123Subdomain(name)))
  if (namespace !== '') errors.push(...refusals(`${at}.namespace`, namespace, isDNS1123Label(namespace)))
  else errors.push(fieldRequired(`${at}.namespace`, 'must specify namespace for service account'))
  return errors
}

function validateVerbs(asked: readonly string[], field: string): FieldError[] {
  if (asked.length === 0) return [fieldRequired(field, 'verbs must contain at least one value')]
  if (asked.includes('*')) return alone(asked, field, 'verbs')
  return asked.every((verb) => verbs.includes(verb)) ? [] : [fieldNotSupported(field, asked, verbs)]
}

function alone(values: readonly string[], field: string, what: string): FieldError[] {
  if (values.length < 2 || !values.includes('*')) return []
  return [fieldInvalid(field, values, `if '*' is present, must not specify other ${what}`)]
}

function validateResourceRule(rule: DeepReadonly<ResourcePolicyRule>, field: string): FieldError[] {
  const { verbs: asked = [], apiGroups = [], resources = [], namespaces = [], clusterScope } = rule
  const list = (values: readonly string[], name: string, one: string, others: string) =>
    values.length === 0
      ? [fieldRequired(`${field}.${name}`, `resource rules must supply at least one ${one}`)]
      : alone(values, `${field}.${name}`, others)
  const errors = [
    ...validateVerbs(asked, `${field}.verbs`),
    ...list(apiGroups, 'apiGroups', 'api group', 'api groups'),
    ...list(resources, 'resources', 'resource', 'resources'),
  ]
  const at = `${field}.namespaces`
  if (namespaces.length === 0 && !clusterScope) {
    const detail = 'resource rules that are not cluster scoped must supply at least one namespace'
    return [...errors, fieldRequired(at, detail)]
  }
  if (namespaces.includes('*')) return [...errors, ...alone(namespaces, at, 'namespaces')]
  const intro = "each member of this list must be '*' or a DNS-1123 label; "
  return [
    ...errors,
    ...namespaces.flatMap((name, i) => isDNS1123Label(name).map((d) => fieldInvalid(`${at}[${i}]`, name, intro + d))),
  ]
}

function validateNonResourceRule(rule: DeepReadonly<NonResourcePolicyRule>, field: string): FieldError[] {
  const { verbs: asked = [], nonResourceURLs: urls = [] } = rule
  const at = `${field}.nonResourceURLs`
  const errors = validateVerbs(asked, `${field}.verbs`)
  if (urls.length === 0) {
    return [...errors, fieldRequired(at, 'nonResourceURLs must contain at least one value')]
  }
  if (urls.includes('*')) return [...errors, ...alone(urls, at, 'non-resource URLs')]
  return [...errors, ...urls.flatMap((url, i) => refusals(`${at}[${i}]`, url, refusalsOfPath(url)))]
}

function refusalsOfPath(path: string): string[] {
  if (path === '') return ['must not be empty']
  if (path === '/') return []
  if (!path.startsWith('/')) return ['must start with slash']
  if (path.includes(' ')) return ['must not contain white-space']
  if (path.includes('//')) return ['must not contain double slash']
  const stars = path.split('*').length - 1
  return stars > 1 || (stars === 1 && !path.endsWith('/*')) ? ['wildcard can only do suffix matching'] : []
}
