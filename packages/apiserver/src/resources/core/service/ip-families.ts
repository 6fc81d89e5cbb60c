import { Service, type ServiceSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  groupKind,
  invalid,
  semanticEqual,
} from '@wherry/apimachinery'
import { struct } from '../../structs.ts'
import type { Family } from './address-range.ts'
import { validateAddresses } from './address-validation.ts'
import { familyOf } from './ip-addresses.ts'
import { isHeadless, type ServiceValue } from './types.ts'

type Spec = DeepReadonly<ServiceSpec>

const policyField = 'spec.ipFamilyPolicy'

/**
 * Settles which families of addresses the Service has. The cluster has one; only headless Services without a selector,
 * whose endpoints somebody else writes, may have both. Throws what does not fit together. As `initIPFamilyFields` of
 * pkg/registry/core/service/storage/alloc.go.
 */
export function initFamilies(service: Service, old: ServiceValue | undefined, configured: Family): void {
  const spec = struct(service, 'spec')
  const free = isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0
  spec.ipFamilyPolicy ||= old?.spec?.ipFamilyPolicy || (free ? 'RequireDualStack' : 'SingleStack')
  refuse(service, validateAddresses(spec))
  const reduced = old?.spec ? reduce(spec, old.spec) : []
  refuse(service, [...reduced, ...single(spec), ...inferFamilies(spec, configured)])
  if (free) {
    if (!spec.ipFamilies?.length) spec.ipFamilies = [configured]
    const [first, second] = spec.ipFamilies
    if (second === undefined && spec.ipFamilyPolicy !== 'SingleStack') {
      spec.ipFamilies.push(first === 'IPv4' ? 'IPv6' : 'IPv4')
    }
    return
  }
  refuse(service, notConfigured(spec, configured))
  if (!spec.ipFamilies?.length) spec.ipFamilies = [configured]
}

/** With the policy `SingleStack` an update gives the second of two up; with another it must say so. */
function reduce(spec: ServiceSpec, old: Spec): FieldError[] {
  const errors: FieldError[] = []
  const fields = [
    ['clusterIPs', 'cluster IP'],
    ['ipFamilies', 'IP family'],
  ] as const
  for (const [field, what] of fields) {
    const [now, before] = [spec[field] ?? [], old[field] ?? []]
    if (spec.ipFamilyPolicy === 'SingleStack') {
      if (now.length > 1 && semanticEqual(now, before)) spec[field] = now.slice(0, 1)
    } else if (now.length > 0 && now.length < before.length) {
      const detail = `must be 'SingleStack' to release the secondary ${what}`
      errors.push(fieldInvalid(policyField, spec.ipFamilyPolicy, detail))
    }
  }
  return errors
}

function single({ ipFamilyPolicy: policy, clusterIPs = [], ipFamilies = [] }: Spec): FieldError[] {
  if (policy !== 'SingleStack') return []
  const detail = (what: string) => `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`
  return [
    ...(clusterIPs.length === 2 ? [fieldInvalid(policyField, policy, detail('cluster IPs'))] : []),
    ...(ipFamilies.length === 2 ? [fieldInvalid(policyField, policy, detail('IP families'))] : []),
  ]
}

/** Addresses that are asked for name their families, too. */
function inferFamilies(spec: ServiceSpec, configured: Family): FieldError[] {
  if (isHeadless(spec)) return []
  const errors: FieldError[] = []
  const families = [...(spec.ipFamilies ?? [])]
  for (const [i, ip] of (spec.clusterIPs ?? []).entries()) {
    if (i < families.length) continue
    const family = familyOf(ip)
    if (family === configured) families.push(family)
    else {
      const detail = `${family} is not configured on this cluster`
      errors.push(fieldInvalid(`spec.clusterIPs[${i}]`, spec.clusterIPs, detail))
    }
  }
  if (families.length > 0) spec.ipFamilies = families
  return errors
}

function notConfigured({ ipFamilyPolicy: policy, ipFamilies = [] }: Spec, configured: Family): FieldError[] {
  const foreign = ipFamilies.flatMap((family, i) =>
    family === configured ? [] : [fieldInvalid(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster')],
  )
  if (policy !== 'RequireDualStack') return foreign
  return [fieldInvalid(policyField, policy, 'this cluster is not configured for dual-stack services'), ...foreign]
}

function refuse(service: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid(groupKind(Service), service.metadata.name ?? '', [...errors])
}
