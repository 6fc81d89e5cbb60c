import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldInvalid, fieldRequired } from '@wherry/apimachinery'
import { isStandardQuota, validateQuotaResourceName, validateResourceQuantity } from './resource-names.ts'

type Value = DeepReadonly<ResourceQuota>
type Spec = DeepReadonly<ResourceQuotaSpec>

const podResources = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']
/** What each scope can limit. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  BestEffort: ['pods'],
  NotBestEffort: podResources,
  Terminating: podResources,
  NotTerminating: podResources,
  PriorityClass: podResources,
  CrossNamespacePodAffinity: podResources,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
}
/** Scopes that a pod is in or not, without more to say. */
const plain = ['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']
const opposites = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

/** As `ValidateResourceQuota`. */
export function validateResourceQuota({ spec = {}, status = {} }: Value, old?: Value): FieldError[] {
  const errors = [
    ...validateList(spec.hard, 'spec.hard'),
    ...validateScopes(spec),
    ...validateScopeSelector(spec, 'spec.scopeSelector.matchExpressions'),
  ]
  if (old) return errors
  return [...errors, ...validateList(status.hard, 'status.hard'), ...validateList(status.used, 'status.used')]
}

function validateList(list: Readonly<Record<string, string>> | undefined, field: string): FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, text]) => [
    ...validateQuotaResourceName(name, `${field}[${name}]`),
    ...validateResourceQuantity(name, text, `${field}[${name}]`),
  ])
}

function validateScopes({ scopes: given = [], hard }: Spec): FieldError[] {
  const field = 'spec.scopes'
  const errors: FieldError[] = []
  for (const scope of given) {
    if (!Object.hasOwn(scopes, scope)) errors.push(fieldInvalid(field, given, 'unsupported scope'))
    errors.push(...misapplied(scope, hard).map((detail) => fieldInvalid(field, given, detail)))
  }
  return [...errors, ...conflicts(given).map((detail) => fieldInvalid(field, given, detail))]
}

function misapplied(scope: string, hard: Spec['hard']): string[] {
  const allowed = Object.hasOwn(scopes, scope) ? scopes[scope] : undefined
  if (!allowed) return []
  return Object.keys(hard ?? {})
    .filter((name) => isStandardQuota(name) && !allowed.includes(name))
    .map(() => 'unsupported scope applied to resource')
}

function conflicts(given: readonly string[]): string[] {
  return opposites.flatMap(([a, b]) => (given.includes(a) && given.includes(b) ? ['conflicting scopes'] : []))
}

/** As `validateScopedResourceSelectorRequirement`; its paths leave the requirement's number out. */
function validateScopeSelector({ scopeSelector, hard, scopes: given }: Spec, field: string): FieldError[] {
  const requirements = scopeSelector?.matchExpressions ?? []
  const errors = requirements.flatMap((requirement) => {
    const { scopeName } = requirement
    const found: FieldError[] = []
    if (!Object.hasOwn(scopes, scopeName)) {
      found.push(fieldInvalid(`${field}.scopeName`, scopeName, 'unsupported scope'))
    }
    const value = { MatchExpressions: requirements.map(asInternal) }
    found.push(...misapplied(scopeName, hard).map((detail) => fieldInvalid(field, value, detail)))
    return [...found, ...validateOperator(requirement, field)]
  })
  const names = requirements.map(({ scopeName }) => scopeName)
  return [...errors, ...conflicts(names).map((detail) => fieldInvalid(field, given ?? null, detail))]
}

function asInternal({ scopeName, operator, values }: DeepReadonly<ScopedResourceSelectorRequirement>): object {
  return { ScopeName: scopeName, Operator: operator, Values: values ?? null }
}

function validateOperator(
  { scopeName, operator, values = [] }: DeepReadonly<ScopedResourceSelectorRequirement>,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  if (plain.includes(scopeName) && operator !== 'Exists') {
    const detail =
      "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
    errors.push(fieldInvalid(`${field}.operator`, operator, detail))
  }
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
    if (values.length === 0) errors.push(fieldRequired(`${field}.values`, detail))
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
    if (values.length > 0) errors.push(fieldInvalid(`${field}.values`, values, detail))
  } else errors.push(fieldInvalid(`${field}.operator`, operator, 'not a valid selector operator'))
  return errors
}

/** A quota counts for ever what it began to count. As `ValidateResourceQuotaUpdate`. */
export function validateResourceQuotaUpdate({ spec }: Value, { spec: old }: Value): FieldError[] {
  const [now, before] = [new Set(spec?.scopes), new Set(old?.scopes)]
  if (now.size === before.size && [...now].every((scope) => before.has(scope))) return []
  return [fieldInvalid('spec.scopes', spec?.scopes ?? null, 'field is immutable')]
}

/** As `ValidateResourceQuotaStatusUpdate`. */
export function validateResourceQuotaStatus({ status = {} }: Value): FieldError[] {
  return [...validateList(status.hard, 'status.hard'), ...validateList(status.used, 'status.used')]
}
