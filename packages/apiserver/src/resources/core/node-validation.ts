import type { ConfigMapNodeConfigSource, Node, NodeConfigSource, Taint } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isConfigMapKey,
  isDNS1123Label,
  isDNS1123Subdomain,
  isQualifiedName,
  isValidCIDRForLegacyField,
  isValidLabelValue,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { validateResourceQuantity } from './resource-names.ts'

type Value = DeepReadonly<Node>

const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** As `ValidateNode`, and what `ValidateNodeUpdate` has of it. The paths are upstream's: taints are the metadata's. */
export function validateNode({ spec, status }: Value, old?: Value): FieldError[] {
  const errors = validateTaints(spec?.taints ?? [], 'metadata.taints')
  for (const list of ['capacity', 'allocatable'] as const) {
    for (const [name, text] of Object.entries(status?.[list] ?? {})) {
      errors.push(...validateResourceQuantity(name, text, `status.${list}.${name}`))
    }
  }
  return old ? errors : [...errors, ...validatePodCIDRs(spec?.podCIDRs ?? [])]
}

/** At most one of each family. */
function validatePodCIDRs(cidrs: readonly string[]): FieldError[] {
  const field = 'spec.podCIDRs'
  const errors = cidrs.flatMap((cidr, i) => refusals(`${field}[${i}]`, cidr, isValidCIDRForLegacyField(cidr)))
  if (cidrs.length < 2) return errors
  const families = new Set(cidrs.map((cidr) => cidr.includes(':')))
  if (families.size < 2 || cidrs.length > 2) {
    errors.push(fieldInvalid(field, cidrs, 'may specify no more than one CIDR for each IP family'))
  }
  for (const [i, cidr] of cidrs.entries()) {
    if (cidrs.indexOf(cidr) < i) errors.push(fieldDuplicate(`${field}[${i}]`, cidr))
  }
  return errors
}

/** As `ValidateNodeUpdate`: what is set once stays. */
export function validateNodeUpdate({ spec = {}, status = {} }: Value, { spec: old = {} }: Value): FieldError[] {
  const errors: FieldError[] = []
  const addresses = new Set<string>()
  for (const [i, { type, address }] of (status.addresses ?? []).entries()) {
    const value = { Type: type, Address: address }
    const key = JSON.stringify(value)
    if (addresses.has(key)) errors.push(fieldDuplicate(`status.addresses[${i}]`, value))
    addresses.add(key)
  }
  const before = old.podCIDRs ?? []
  const now = spec.podCIDRs ?? []
  if (before.length > 0 && (now.length !== before.length || before.some((cidr, i) => now[i] !== cidr))) {
    errors.push(fieldForbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'))
  }
  if (old.providerID && spec.providerID !== old.providerID) {
    errors.push(fieldForbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'))
  }
  if (spec.configSource) errors.push(...validateConfigSource(spec.configSource, false, 'spec.configSource'))
  for (const name of ['assigned', 'active', 'lastKnownGood'] as const) {
    const source = status.config?.[name]
    if (source) errors.push(...validateConfigSource(source, true, `status.config.${name}`))
  }
  if ((spec.externalID ?? '') !== (old.externalID ?? '')) {
    errors.push(fieldForbidden('spec.externalID', 'may not be updated'))
  }
  return errors
}

/** Deprecated, and checked all the same; `observed` says whether a kubelet reports it. */
function validateConfigSource({ configMap }: DeepReadonly<NodeConfigSource>, observed: boolean, field: string) {
  if (configMap) return validateConfigMapSource(configMap, observed, `${field}.configMap`)
  return [fieldInvalid(field, { ConfigMap: null }, 'exactly one reference subfield must be non-nil')]
}

function validateConfigMapSource(
  source: DeepReadonly<ConfigMapNodeConfigSource>,
  observed: boolean,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  for (const name of ['uid', 'resourceVersion'] as const) {
    if (observed) {
      if (!source[name]) errors.push(fieldRequired(`${field}.${name}`, `${name} must be set in status`))
    } else if (source[name]) errors.push(fieldForbidden(`${field}.${name}`, `${name} must not be set in spec`))
  }
  const names = { namespace: isDNS1123Label, name: isDNS1123Subdomain, kubeletConfigKey: isConfigMapKey } as const
  for (const name of ['namespace', 'name', 'kubeletConfigKey'] as const) {
    const value = source[name]
    if (!value) errors.push(fieldRequired(`${field}.${name}`, `${name} must be set`))
    else errors.push(...refusals(`${field}.${name}`, value, names[name](value)))
  }
  return errors
}

function validateTaints(taints: DeepReadonly<Taint[]>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const seen = new Set<string>()
  for (const [i, { key = '', value = '', effect = '', timeAdded }] of taints.entries()) {
    const at = `${field}[${i}]`
    errors.push(...refusals(`${at}.key`, key, isQualifiedName(key)))
    const refused = isValidLabelValue(value)
    if (refused.length > 0) errors.push(fieldInvalid(`${at}.value`, value, refused.join(';')))
    if (effect === '') errors.push(fieldRequired(`${at}.effect`))
    else if (!effects.includes(effect)) errors.push(fieldNotSupported(`${at}.effect`, effect, effects))
    if (seen.has(`${key}\0${effect}`)) {
      const shown = { Key: key, Value: value, Effect: effect, TimeAdded: timeAdded ?? null }
      errors.push({ ...fieldDuplicate(at, shown), detail: 'taints must be unique by key and effect pair' })
    }
    seen.add(`${key}\0${effect}`)
  }
  return errors
}
