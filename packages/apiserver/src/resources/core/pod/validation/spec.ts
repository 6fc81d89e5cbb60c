import type { PodResourceClaim } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  isDNS1123Label,
  isDNS1123Subdomain,
  isInRange,
  isQualifiedName,
  isValidIPForLegacyField,
  validateLabels,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { validateAffinity } from './affinity.ts'
import { validateContainers, validateInitContainers } from './containers.ts'
import type { AVolume, ContainerContext, PodContext, Spec } from './context.ts'
import { validateDNSConfig } from './dns.ts'
import { validateEphemeralContainers } from './ephemeral-containers.ts'
import { validateOS } from './os.ts'
import { validateOverhead, validatePodResources } from './resources.ts'
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from './scheduling.ts'
import { validateHostPorts, validatePodSecurityContext } from './security.ts'
import { validateVolumes } from './volumes.ts'
import { validateHostProcess } from './windows.ts'

const maxInt32 = 2 ** 31 - 1
const restartPolicies = ['Always', 'OnFailure', 'Never']
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None']

/** As `ValidatePodSpec` of pkg/apis/core/validation. */
export function validatePodSpec(spec: Spec | undefined, pod: PodContext, field: string): FieldError[] {
  if (!spec) return [fieldRequired(`${field}.containers`)]
  const volumes = new Map<string, AVolume>()
  const context: ContainerContext = { ...pod, spec, volumes }
  const grace = spec.terminationGracePeriodSeconds
  return [
    ...(grace === undefined ? [fieldRequired(`${field}.terminationGracePeriodSeconds`)] : []),
    ...validateVolumes(spec.volumes ?? [], `${field}.volumes`, pod, volumes),
    ...validateResourceClaims(spec.resourceClaims ?? [], `${field}.resourceClaims`),
    ...validateContainers(context, `${field}.containers`),
    ...validateInitContainers(context, `${field}.initContainers`),
    ...validateEphemeralContainers(context, `${field}.ephemeralContainers`),
    ...validatePodResources(spec, pod, `${field}.resources`),
    ...validateHostPorts(spec, pod, `${field}.containers`),
    ...oneOf(spec.restartPolicy ?? '', restartPolicies, `${field}.restartPolicy`),
    ...oneOf(spec.dnsPolicy ?? '', dnsPolicies, `${field}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${field}.nodeSelector`),
    ...validatePodSecurityContext(spec, pod, `${field}.securityContext`),
    ...validateAffinity(spec.affinity, pod, `${field}.affinity`),
    ...validateDNSConfig(spec, `${field}.dnsConfig`),
    ...(spec.readinessGates ?? []).flatMap(({ conditionType = '' }, i) =>
      refusals(`${field}.readinessGates[${i}].conditionType`, conditionType, isQualifiedName(conditionType)),
    ),
    ...validateSchedulingGates(spec.schedulingGates ?? [], `${field}.schedulingGates`),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], pod, `${field}.topologySpreadConstraints`),
    ...validateHostProcess(spec, field),
    ...validateHostUsers(spec, field),
    ...validateNames(spec, field),
    ...(spec.preemptionPolicy === undefined
      ? []
      : oneOf(spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], `${field}.preemptionPolicy`)),
    ...validateOverhead(spec, pod, `${field}.overhead`),
    ...validateOS(spec, field),
  ]
}

/** The deadline in range; updates may set it to zero. */
export function validateDeadline(seconds: number | undefined, field: string, min: number): FieldError[] {
  return seconds === undefined ? [] : refusals(field, seconds, isInRange(seconds, min, maxInt32))
}

function oneOf(value: string, values: readonly string[], field: string): FieldError[] {
  if (value === '') return [fieldRequired(field)]
  return values.includes(value) ? [] : [fieldNotSupported(field, value, values)]
}

/** Names of other objects, and what stands between them in upstream's order. */
function validateNames(spec: Spec, field: string): FieldError[] {
  const check = (name: keyof Spec & string, value: string | undefined, refuse: (value: string) => string[]) =>
    value ? refusals(`${field}.${name}`, value, refuse(value)) : []
  const runtimeClass = spec.runtimeClassName
  return [
    ...check('serviceAccountName', spec.serviceAccountName, isDNS1123Subdomain),
    ...check('nodeName', spec.nodeName, isDNS1123Subdomain),
    ...validateDeadline(spec.activeDeadlineSeconds, `${field}.activeDeadlineSeconds`, 1),
    ...check('hostname', spec.hostname, isDNS1123Label),
    ...validateHostnameOverride(spec, field),
    ...check('subdomain', spec.subdomain, isDNS1123Label),
    ...validateTolerations(spec.tolerations ?? [], `${field}.tolerations`),
    ...validateHostAliases(spec, field),
    ...check('priorityClassName', spec.priorityClassName, isDNS1123Subdomain),
    ...(runtimeClass === undefined
      ? []
      : refusals(`${field}.runtimeClassName`, runtimeClass, isDNS1123Subdomain(runtimeClass))),
  ]
}

const maxHostname = 64

/** A name for the pod to see itself by (KEP-4762). */
function validateHostnameOverride(spec: Spec, field: string): FieldError[] {
  const name = spec.hostnameOverride
  if (name === undefined) return []
  const at = `${field}.hostnameOverride`
  const errors = refusals(at, name, isDNS1123Subdomain(name))
  if (name.length > maxHostname) errors.push(fieldTooLong(at, '', maxHostname))
  if (spec.setHostnameAsFQDN) errors.push(fieldForbidden(at, 'cannot be set when `setHostnameAsFQDN` is true'))
  if (spec.hostNetwork) errors.push(fieldForbidden(at, 'cannot be set when `hostNetwork` is true'))
  return errors
}

function validateHostAliases({ hostAliases = [] }: Spec, field: string): FieldError[] {
  return hostAliases.flatMap(({ ip = '', hostnames = [] }, i) => {
    const at = `${field}.hostAliases[${i}]`
    return [
      ...refusals(`${at}.ip`, ip, isValidIPForLegacyField(ip)),
      ...hostnames.flatMap((name, j) => refusals(`${at}.hostnames[${j}]`, name, isDNS1123Subdomain(name))),
    ]
  })
}

/** Users of their own go with no other namespace of the host. As `validateHostUsers`. */
function validateHostUsers(spec: Spec, field: string): FieldError[] {
  if (spec.hostUsers !== false) return []
  const detail = 'when `pod.Spec.HostUsers` is false'
  const names = { hostNetwork: spec.hostNetwork, HostPID: spec.hostPID, HostIPC: spec.hostIPC }
  return Object.entries(names).flatMap(([name, set]) => (set ? [fieldForbidden(`${field}.${name}`, detail)] : []))
}

/** As `validatePodResourceClaims`. */
function validateResourceClaims(claims: DeepReadonly<PodResourceClaim[]>, field: string): FieldError[] {
  const names = new Set<string>()
  return claims.flatMap(({ name = '', resourceClaimName: claim, resourceClaimTemplateName: template }, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = []
    if (name === '') errors.push(fieldRequired(`${at}.name`))
    else if (names.has(name)) errors.push(fieldDuplicate(`${at}.name`, name))
    else errors.push(...refusals(`${at}.name`, name, isDNS1123Label(name)))
    names.add(name)
    const value = { Name: name, ResourceClaimName: claim ?? null, ResourceClaimTemplateName: template ?? null }
    if (claim !== undefined && template !== undefined) {
      const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified'
      errors.push(fieldInvalid(at, value, detail))
    }
    if (claim === undefined && template === undefined) {
      const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'
      errors.push(fieldInvalid(at, value, detail))
    }
    for (const [key, text] of [
      ['resourceClaimName', claim],
      ['resourceClaimTemplateName', template],
    ] as const) {
      if (text !== undefined) errors.push(...refusals(`${at}.${key}`, text, isDNS1123Subdomain(text)))
    }
    return errors
  })
}
