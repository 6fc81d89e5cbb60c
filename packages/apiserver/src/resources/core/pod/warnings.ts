import type { ObjectMeta, Pod, PodTemplateSpec } from '@wherry/api'
import { type DeepReadonly, goQuote, isDNS1123Label, semanticEqual } from '@wherry/apimachinery'
import { fractionWarnings } from '../fractions.ts'
import { ipWarnings } from '../ip-warnings.ts'
import { deprecatedLabel, nodeTermWarnings } from '../node-labels.ts'
import { containersOf, type Spec } from './validation/context.ts'
import { portWarnings } from './port-warnings.ts'
import { volumesWarnings } from './volume-warnings.ts'

type Meta = DeepReadonly<ObjectMeta>
type Template = DeepReadonly<PodTemplateSpec> | undefined

/** What is valid but surprising. As `GetWarningsForPod`; updates of pods get none. */
export function podWarnings({ metadata, spec }: DeepReadonly<Pod>, old: DeepReadonly<Pod> | undefined): string[] {
  if (old || !spec) return []
  const name = nameWarnings(metadata.name, "this is used in the Pod's hostname")
  return [...name, ...warningsOf(metadata, spec, '')]
}

/** As `GetWarningsForPodTemplate`; a template that an update leaves alone gets none. */
export function templateWarnings(template: Template, old: Template, field: string): string[] {
  if (!template?.spec || (old && semanticEqual(template, old))) return []
  return warningsOf(template.metadata ?? {}, template.spec, `${field}.`)
}

/** Names that become part of pods' host names are best DNS labels. */
export function nameWarnings(name: string | undefined, use = 'this is used in Pod names and hostnames'): string[] {
  const refused = isDNS1123Label(name ?? '')
  if (refused.length === 0) return []
  const text = `${use}, which can result in surprising behavior; a DNS label is recommended`
  return [`metadata.name: ${text}: [${refused.join(' ')}]`]
}

/** `at` ends with a dot, or is empty: upstream's paths of a pod begin with its spec. */
function warningsOf(metadata: Meta, spec: Spec, at: string): string[] {
  const field = `${at}spec`
  return [
    ...schedulingWarnings(spec, field),
    ...annotationWarnings(metadata, `${at}metadata.annotations`),
    ...volumesWarnings(spec, field),
    ...listWarnings(spec, field),
    ...fractionWarnings(spec.overhead?.memory, `${field}.overhead[memory]`),
    ...fractionWarnings(spec.overhead?.['ephemeral-storage'], `${field}.overhead[ephemeral-storage]`),
    ...profileWarnings(metadata, spec, `${at}metadata.annotations`, at !== ''),
    ...containersOf(spec, field).flatMap(([container, path]) => [
      ...(['memory', 'ephemeral-storage'] as const).flatMap((name) =>
        (['limits', 'requests'] as const).flatMap((list) =>
          fractionWarnings(container.resources?.[list]?.[name], `${path}.resources.${list}[${name}]`),
        ),
      ),
      ...duplicateEnv(container.env ?? [], `${path}.env`),
    ]),
    ...portWarnings(spec, field),
    ...((spec.terminationGracePeriodSeconds ?? 0) < 0
      ? [`${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
    ...selectorWarnings(spec, field),
    ...(spec.dnsConfig?.nameservers ?? []).flatMap((ip, i) => ipWarnings(`${field}.dnsConfig.nameservers[${i}]`, ip)),
    ...(spec.hostAliases ?? []).flatMap(({ ip = '' }, i) => ipWarnings(`${field}.hostAliases[${i}].ip`, ip)),
  ]
}

function schedulingWarnings(spec: Spec, field: string): string[] {
  const warnings: string[] = []
  for (const key of Object.keys(spec.nodeSelector ?? {})) {
    const text = deprecatedLabel(key)
    if (text) warnings.push(`${field}.nodeSelector[${key}]: ${text}`)
  }
  const affinity = spec.affinity?.nodeAffinity
  const at = `${field}.affinity.nodeAffinity`
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  for (const [i, term] of terms.entries()) {
    const path = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[${i}]`
    warnings.push(...nodeTermWarnings(term, path))
  }
  for (const [i, term] of (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).entries()) {
    const path = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].preference`
    warnings.push(...nodeTermWarnings(term.preference ?? {}, path))
  }
  for (const [i, { topologyKey, labelSelector }] of (spec.topologySpreadConstraints ?? []).entries()) {
    const path = `${field}.topologySpreadConstraints[${i}]`
    const text = deprecatedLabel(topologyKey)
    if (text) warnings.push(`${path}.topologyKey: ${topologyKey} is ${text}`)
    if (!labelSelector) warnings.push(`${path}.labelSelector: a null labelSelector results in matching no pod`)
  }
  return warnings
}

const deprecatedAnnotations = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
}

function annotationWarnings({ annotations = {} }: Meta, field: string): string[] {
  return Object.entries(deprecatedAnnotations).flatMap(([key, text]) =>
    Object.hasOwn(annotations, key) ? [`${field}[${key}]: ${text}`] : [],
  )
}

/** Profiles that are set by annotation alone are not looked at any more. */
function profileWarnings({ annotations = {} }: Meta, spec: Spec, field: string, template: boolean): string[] {
  const warnings: string[] = []
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead'
  const { seccompProfile, appArmorProfile } = spec.securityContext ?? {}
  const check = (key: string, text: string) => {
    if (Object.hasOwn(annotations, key)) warnings.push(`${field}[${key}]: ${text}`)
  }
  if (!seccompProfile) check('seccomp.security.alpha.kubernetes.io/pod', seccomp)
  for (const [{ name, securityContext }] of containersOf(spec, '')) {
    if (!securityContext?.seccompProfile) check(`container.seccomp.security.alpha.kubernetes.io/${name}`, seccomp)
    if (!template || appArmorProfile || securityContext?.appArmorProfile) continue
    const text = 'deprecated since v1.30; use the "appArmorProfile" field instead'
    check(`container.apparmor.security.beta.kubernetes.io/${name}`, text)
  }
  return warnings
}

function listWarnings(spec: Spec, field: string): string[] {
  const warnings: string[] = []
  const addresses = new Set<string>()
  for (const [i, { ip = '' }] of (spec.hostAliases ?? []).entries()) {
    if (addresses.has(ip)) warnings.push(`${field}.hostAliases[${i}].ip: duplicate ip ${goQuote(ip)}`)
    addresses.add(ip)
  }
  const names = new Set<string>()
  const secrets = (spec.imagePullSecrets ?? []).map(({ name = '' }) => name)
  for (const [i, name] of secrets.entries()) {
    const path = `${field}.imagePullSecrets[${i}].name`
    if (names.has(name)) warnings.push(`${path}: duplicate name ${goQuote(name)}`)
    names.add(name)
  }
  for (const [i, name] of secrets.entries()) {
    if (name === '') warnings.push(`${field}.imagePullSecrets[${i}].name: invalid empty name ""`)
  }
  return warnings
}

interface Variable {
  readonly name: string
  readonly value?: string
  readonly valueFrom?: object
}

/** A later value may build on an earlier one of the same name; any other hides it. */
function duplicateEnv(env: readonly Variable[], field: string): string[] {
  const seen = new Set<string>()
  return env.flatMap(({ name, value = '', valueFrom }, i) => {
    const before = seen.has(name)
    seen.add(name)
    const reference = `$(${name})`
    if (!before || (!valueFrom && value !== reference && value.includes(reference))) return []
    return [`${field}[${i}]: hides previous definition of ${goQuote(name)}, which may be dropped when using apply`]
  })
}

function selectorWarnings(spec: Spec, field: string): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((name) => {
    const affinity = spec.affinity?.[name]
    const at = `${field}.affinity.${name}`
    const text = 'labelSelector: a null labelSelector results in matching no pod'
    return [
      ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).flatMap((term, i) =>
        term.labelSelector ? [] : [`${at}.requiredDuringSchedulingIgnoredDuringExecution[${i}].${text}`],
      ),
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).flatMap(({ podAffinityTerm }, i) => {
        const path = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${i}].podAffinityTerm`
        return podAffinityTerm?.labelSelector ? [] : [`${path}.${text}`]
      }),
    ]
  })
}
