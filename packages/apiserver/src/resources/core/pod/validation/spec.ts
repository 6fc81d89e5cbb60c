import type { PodSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  isDNS1123Subdomain,
  isInRange,
  isQualifiedName,
  isValidIP,
  isValidIPForLegacyField,
  validateLabels,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { validateQuantity } from '../../../quantities.ts'
import { validateAffinity } from './affinity.ts'
import { validateContainers, validateInitContainers } from './containers.ts'
import { validateEphemeralContainers } from './ephemeral-containers.ts'
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from './scheduling.ts'
import { validatePodSecurityContext } from './security.ts'
import { validateVolumes } from './volumes.ts'

type Spec = DeepReadonly<PodSpec>

const maxInt32 = 2 ** 31 - 1
const restartPolicies = ['Always', 'OnFailure', 'Never']
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']
const maxNameservers = 3
const maxSearches = 32

/** As `ValidatePodSpec` of pkg/apis/core/validation. */
export function validatePodSpec(spec: Spec | undefined, field: string): FieldError[] {
  if (!spec) return [fieldRequired(`${field}.containers`)]
  return [
    ...validateVolumes(spec.volumes ?? [], `${field}.volumes`),
    ...validateContainers(spec, `${field}.containers`),
    ...validateInitContainers(spec, `${field}.initContainers`),
    ...validateEphemeralContainers(spec, `${field}.ephemeralContainers`),
    ...oneOf(spec.restartPolicy, restartPolicies, `${field}.restartPolicy`),
    ...oneOf(spec.dnsPolicy, dnsPolicies, `${field}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurityContext(spec, field),
    ...validateAffinity(spec.affinity, `${field}.affinity`),
    ...validateDNSConfig(spec, field),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = '' }, i) =>
      refusals(`${field}.readinessGates[${i}].conditionType`, conditionType, isQualifiedName(conditionType)),
    ),
    ...validateSchedulingGates(spec.schedulingGates ?? [], `${field}.schedulingGates`),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], `${field}.topologySpreadConstraints`),
    ...validateNames(spec, field),
    ...validateDeadline(spec.activeDeadlineSeconds, `${field}.activeDeadlineSeconds`, 1),
    ...validateTolerations(spec.tolerations ?? [], `${field}.tolerations`),
    ...validateHostAliases(spec, field),
    ...validateMisc(spec, field),
  ]
}

/** The deadline in range; updates may set it to zero. */
export function validateDeadline(seconds: number | undefined, field: string, min: number): FieldError[] {
  return seconds === undefined ? [] : refusals(field, seconds, isInRange(seconds, min, maxInt32))
}

function oneOf(value: string | undefined, values: readonly string[], field: string): FieldError[] {
  if (!value) return [fieldRequired(field)]
  return values.includes(value) ? [] : [fieldNotSupported(field, value, values)]
}

function validateNames(spec: Spec, field: string): FieldError[] {
  const check = (name: keyof Spec & string, value: string | undefined, refuse: (value: string) => string[]) =>
    value ? refusals(`${field}.${name}`, value, refuse(value)) : []
  return [
    ...check('serviceAccountName', spec.serviceAccountName, isDNS1123Subdomain),
    ...check('nodeName', spec.nodeName, isDNS1123Subdomain),
    ...check('hostname', spec.hostname, isDNS1123Label),
    ...check('subdomain', spec.subdomain, isDNS1123Label),
    ...check('priorityClassName', spec.priorityClassName, isDNS1123Subdomain),
    ...check('runtimeClassName', spec.runtimeClassName, isDNS1123Subdomain),
  ]
}

function validateDNSConfig({ dnsConfig, dnsPolicy }: Spec, field: string): FieldError[] {
  const at = `${field}.dnsConfig`
  const errors: FieldError[] = []
  if (dnsPolicy === 'None') {
    if (!dnsConfig) return [fieldRequired(at, 'must provide `dnsConfig` when `dnsPolicy` is None')]
    if (!dnsConfig.nameservers?.length) {
      const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None'
      return [fieldRequired(`${at}.nameservers`, detail)]
    }
  }
  if (!dnsConfig) return errors
  const { nameservers = [], searches = [], options = [] } = dnsConfig
  if (nameservers.length > maxNameservers) {
    const detail = `must not have more than ${maxNameservers} nameservers`
    errors.push(fieldInvalid(`${at}.nameservers`, nameservers, detail))
  }
  for (const [i, ip] of nameservers.entries()) {
    errors.push(...refusals(`${at}.nameservers[${i}]`, ip, isValidIPForLegacyField(ip)))
  }
  if (searches.length > maxSearches) {
    errors.push(fieldInvalid(`${at}.searches`, searches, `must not have more than ${maxSearches} search paths`))
  }
  for (const [i, search] of searches.entries()) {
    // A single dot is the root, and a domain may begin parts with underscores.
    const domain = search.replace(/\.$/, '').replaceAll('_', '-')
    if (domain !== '') errors.push(...refusals(`${at}.searches[${i}]`, search, isDNS1123Subdomain(domain)))
  }
  for (const [i, { name }] of options.entries()) {
    if (!name) errors.push(fieldRequired(`${at}.options[${i}]`, 'must not be empty'))
  }
  return errors
}

function validateHostAliases({ hostAliases = [] }: Spec, field: string): FieldError[] {
  return hostAliases.flatMap(({ ip = '', hostnames = [] }, i) => {
    const at = `${field}.hostAliases[${i}]`
    const addresses = isValidIP(ip).length > 0 ? refusals(`${at}.ip`, ip, isValidIPForLegacyField(ip)) : []
    return [...addresses, ...hostnames.flatMap((name) => refusals(`${at}.hostnames`, name, isDNS1123Subdomain(name)))]
  })
}

function validateMisc(spec: Spec, field: string): FieldError[] {
  const errors: FieldError[] = []
  const policy = spec.preemptionPolicy
  if (policy !== undefined && policy !== 'Never' && policy !== 'PreemptLowerPriority') {
    errors.push(fieldNotSupported(`${field}.preemptionPolicy`, policy, ['Never', 'PreemptLowerPriority']))
  }
  for (const [name, text] of Object.entries(spec.overhead ?? {})) {
    errors.push(...validateQuantity(text, `${field}.overhead[${name}]`))
  }
  if (spec.os) {
    if (!spec.os.name) errors.push(fieldRequired(`${field}.os.name`, 'cannot be empty'))
    else if (spec.os.name !== 'linux' && spec.os.name !== 'windows') {
      errors.push(fieldNotSupported(`${field}.os.name`, spec.os.name, ['linux', 'windows']))
    }
  }
  return errors
}
