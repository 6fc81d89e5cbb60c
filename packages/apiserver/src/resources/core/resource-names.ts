import { type DeepReadonly, type FieldError, fieldInvalid, isQualifiedName, type Quantity } from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { tryParse, validateQuantity } from '../quantities.ts'

// What names of resources mean. As pkg/apis/core/helper and the validation that uses it.

const containerResources = ['cpu', 'memory', 'ephemeral-storage']
const counted = [
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]
const quotaResources = new Set([
  ...containerResources,
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  ...counted,
])
const standardResources = new Set([...quotaResources, 'storage'])

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-')
const isQuotaHugePages = (name: string): boolean => isHugePages(name) || name.startsWith('requests.hugepages-')
export const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/')

/** Resources that devices bring: a domain of their own, whole numbers. */
export function isExtended(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && isQualifiedName(`requests.${name}`).length === 0
}

/** Whether more may be allowed than is asked for. */
export const canOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name)
export const isStandardQuota = (name: string): boolean => quotaResources.has(name) || isQuotaHugePages(name)

/** As `validateResourceName`. */
export function validateResourceName(name: string, field: string): FieldError[] {
  const refused = refusals(field, name, isQualifiedName(name))
  if (refused.length > 0 || name.includes('/')) return refused
  if (standardResources.has(name) || isQuotaHugePages(name)) return []
  return [fieldInvalid(field, name, 'must be a standard resource type or fully qualified')]
}

/** As `validateContainerResourceName`. */
export function validateContainerResourceName(name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field)
  if (!name.includes('/')) {
    if (containerResources.includes(name) || isHugePages(name)) return errors
    return [...errors, fieldInvalid(field, name, 'must be a standard resource for containers')]
  }
  if (isNative(name) || isExtended(name)) return errors
  return [...errors, fieldInvalid(field, name, "doesn't follow extended resource name standard")]
}

/** As `ValidateResourceQuotaResourceName`. */
export function validateQuotaResourceName(name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field)
  if (name.includes('/') || isStandardQuota(name)) return errors
  return [...errors, fieldInvalid(field, name, 'must be a standard resource for quota')]
}

/** Not negative, and whole where the resource cannot be divided. As `ValidateResourceQuantityValue`. */
export function validateResourceQuantity(name: string, text: string, field: string): FieldError[] {
  const errors = validateQuantity(text, field)
  const amount = tryParse(text)
  if (!amount || !(counted.includes(name) || isExtended(name)) || amount.milliValue() % 1000n === 0n) return errors
  return [...errors, fieldInvalid(field, amount.toString(), 'must be an integer')]
}

/** Whole pages only. As `validateResourceQuantityHugePageValue`. */
export function validateHugePages(name: string, text: string, field: string): FieldError[] {
  const amount = tryParse(text)
  if (!isHugePages(name) || !amount) return []
  const page = tryParse(name.slice('hugepages-'.length))
  const whole = page && page.sign() > 0 && page.milliValue() % 1000n === 0n
  if (whole && amount.value() % page.value() === 0n) return []
  return [fieldInvalid(field, amount.toString(), `${amount} is not positive integer multiple of ${name}`)]
}

/** The amounts of a list; what does not parse has been refused already. */
export function amountsOf(list: DeepReadonly<Record<string, string>> | undefined): Map<string, Quantity> {
  const amounts = new Map<string, Quantity>()
  for (const [name, text] of Object.entries(list ?? {})) {
    const amount = tryParse(text)
    if (amount) amounts.set(name, amount)
  }
  return amounts
}
