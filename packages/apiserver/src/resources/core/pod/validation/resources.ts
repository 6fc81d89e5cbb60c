import type { PodSpec, ResourceRequirements } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotFound,
  fieldRequired,
  isQualifiedName,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { tryParse, validateQuantity } from '../../../quantities.ts'

const containerResources = ['cpu', 'memory', 'ephemeral-storage']
/** Names without a domain that mean something elsewhere: on nodes, claims or quotas. */
const otherResources = [
  'pods',
  'storage',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]
const nativeDomain = 'kubernetes.io/'

/** As `ValidateContainerResourceRequirements`. */
export function validateResources(
  resources: DeepReadonly<ResourceRequirements> | undefined,
  spec: DeepReadonly<PodSpec>,
  field: string,
): FieldError[] {
  if (!resources) return []
  const { limits = {}, requests = {}, claims = [] } = resources
  const errors: FieldError[] = []
  for (const [name, text] of Object.entries(limits))
    errors.push(...validateResource(name, text, `${field}.limits[${name}]`))
  for (const [name, text] of Object.entries(requests)) {
    errors.push(...validateResource(name, text, `${field}.requests[${name}]`))
    errors.push(...validateRequest(name, text, limits, field))
  }
  return [...errors, ...validateClaims(claims, spec, `${field}.claims`)]
}

function validateResource(name: string, text: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field)
  errors.push(...validateQuantity(text, field))
  const amount = tryParse(text)
  if (amount && isExtended(name) && amount.milliValue() % 1000n !== 0n) {
    errors.push(fieldInvalid(field, text, 'must be an integer'))
  }
  return errors
}

function validateResourceName(name: string, field: string): FieldError[] {
  const refused = refusals(field, name, isQualifiedName(name))
  if (refused.length > 0) return refused
  if (name.includes('/')) {
    if (isNative(name) || isExtended(name)) return []
    return [fieldInvalid(field, name, "doesn't follow extended resource name standard")]
  }
  if (containerResources.includes(name) || name.startsWith('hugepages-')) return []
  return otherResources.includes(name)
    ? [fieldInvalid(field, name, 'must be a standard resource for containers')]
    : [
        fieldInvalid(field, name, 'must be a standard resource type or fully qualified'),
        fieldInvalid(field, name, 'must be a standard resource for containers'),
      ]
}

/** What is asked for lies within the limit, and is the limit where a node gives out no more than it has. */
function validateRequest(
  name: string,
  text: string,
  limits: Readonly<Record<string, string>>,
  field: string,
): FieldError[] {
  const amount = tryParse(text)
  const limitText = limits[name]
  if (limitText === undefined) {
    if (canOvercommit(name)) return []
    return [fieldRequired(`${field}.limits`, 'Limit must be set for non overcommitable resources')]
  }
  const limit = tryParse(limitText)
  if (!amount || !limit) return []
  const order = amount.cmp(limit)
  if (order !== 0 && !canOvercommit(name)) {
    return [fieldInvalid(`${field}.requests`, text, `must be equal to ${name} limit of ${limitText}`)]
  }
  if (order <= 0) return []
  return [fieldInvalid(`${field}.requests`, text, `must be less than or equal to ${name} limit of ${limitText}`)]
}

function validateClaims(
  claims: readonly { readonly name: string; readonly request?: string }[],
  spec: DeepReadonly<PodSpec>,
  field: string,
): FieldError[] {
  const names = new Set((spec.resourceClaims ?? []).map(({ name }) => name))
  const seen = new Set<string>()
  return claims.flatMap(({ name, request }, i) => {
    const at = `${field}[${i}]`
    if (!name) return [fieldRequired(`${at}.name`)]
    const errors: FieldError[] = []
    const key = request ? `${name}/${request}` : name
    if (seen.has(key)) errors.push(fieldDuplicate(at, key))
    seen.add(key)
    if (!names.has(name)) errors.push(fieldNotFound(`${at}.name`, name))
    return errors
  })
}

const isNative = (name: string): boolean => !name.includes('/') || name.includes(nativeDomain)

/** Resources that devices bring: a domain of their own, whole numbers. */
function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
}

const canOvercommit = (name: string): boolean => isNative(name) && !name.startsWith('hugepages-')
