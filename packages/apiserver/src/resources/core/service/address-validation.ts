import type { ServiceSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isIPv4,
  isValidIP,
  parseIP,
} from '@wherry/apimachinery'
import { refusals } from '../../fields.ts'
import { needsClusterIP } from './types.ts'

type Spec = DeepReadonly<ServiceSpec>

const families = ['IPv4', 'IPv6']
const policies = ['PreferDualStack', 'RequireDualStack', 'SingleStack']

/** Cluster addresses and their families. As `ValidateServiceClusterIPsRelatedFields`. */
export function validateAddresses(spec: Spec): FieldError[] {
  // What an ExternalName may not have is refused with its type.
  if (spec.type === 'ExternalName') return []
  return [...validateFamilies(spec), ...validateClusterIPs(spec)]
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy: policy }: Spec): FieldError[] {
  const errors: FieldError[] = []
  for (const [i, family] of ipFamilies.entries()) {
    if (!families.includes(family)) errors.push(fieldNotSupported(`spec.ipFamilies[${i}]`, family, families))
    if (ipFamilies.indexOf(family) < i) errors.push(fieldDuplicate(`spec.ipFamilies[${i}]`, family))
  }
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(fieldNotSupported('spec.ipFamilyPolicy', policy, policies))
  }
  if (policy === 'SingleStack' && ipFamilies.length === 2) {
    errors.push(
      fieldInvalid(
        'spec.ipFamilyPolicy',
        policy,
        'must be RequireDualStack or PreferDualStack when multiple `ipFamilies` are specified',
      ),
    )
  }
  return errors
}

function validateClusterIPs({ clusterIP = '', clusterIPs = [], ipFamilies = [] }: Spec): FieldError[] {
  const field = 'spec.clusterIPs'
  if (clusterIP === '' && clusterIPs.length > 0) {
    return [fieldRequired('spec.clusterIP', 'must be set when `clusterIPs` is specified')]
  }
  if (clusterIP !== '' && clusterIPs[0] !== clusterIP) {
    return [fieldInvalid(field, clusterIPs, 'first value must match `clusterIP`')]
  }
  if (clusterIPs.length > 2) return [fieldInvalid(field, clusterIPs, 'may only hold up to 2 values')]
  if (clusterIP === 'None') {
    return clusterIPs.length > 1 ? [fieldInvalid(field, clusterIPs, "'None' must be the first and only value")] : []
  }
  return clusterIPs.flatMap((ip, i) => {
    const refused = refusals(`${field}[${i}]`, ip, isValidIP(ip))
    const parsed = parseIP(ip)
    const family = ipFamilies[i]
    if (refused.length > 0 || !parsed || family === undefined) return refused
    if ((family === 'IPv4') === isIPv4(parsed)) return []
    return [fieldInvalid(`${field}[${i}]`, ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``)]
  })
}

/** The primary address stays, unless the type changes to one without. As `validateUpgradeDowngradeClusterIPs`. */
export function validateAddressesUpdate(spec: Spec, old: Spec): FieldError[] {
  const before = old.clusterIPs?.[0]
  if (!needsClusterIP(old) || !needsClusterIP(spec) || before === undefined) return []
  const after = spec.clusterIPs ?? []
  if (after.length === 0) return [fieldInvalid('spec.clusterIPs[0]', after, 'primary clusterIP can not be unset')]
  return after[0] === before ? [] : [fieldInvalid('spec.clusterIPs[0]', after, 'may not change once set')]
}
