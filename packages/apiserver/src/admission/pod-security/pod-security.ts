import { CronJob, DaemonSet, Deployment, Job, type KubeObject, Namespace, Pod, PodTemplate } from '@wherry/api'
import { ReplicaSet, ReplicationController, StatefulSet } from '@wherry/api'
import { compareUtf8, type DeepReadonly, forbidden, goQuote, groupKind, invalid } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission.ts'
import { isA, isFor, oldOf } from '../targets.ts'
import type { PodView, Violation } from './check.ts'
import { violations } from './evaluate.ts'
import { compareLevels, type LevelVersion, levelText, policyOf } from './policy.ts'

const maxPods = 3000
const ignored = new Set(['exec', 'attach', 'binding', 'eviction', 'log', 'portforward', 'proxy', 'status'])
const controllers = [
  ReplicationController,
  PodTemplate,
  ReplicaSet,
  Deployment,
  StatefulSet,
  DaemonSet,
  Job,
  CronJob,
] as const

/** Holds pods to the Pod Security Standard that their namespace asks for. As pod-security-admission `admission`. */
export const podSecurity: AdmissionPlugin = {
  name: 'PodSecurity',
  async validate(attributes, behaviours) {
    const { operation, object, resource } = attributes
    if (!object || (operation !== 'CREATE' && operation !== 'UPDATE')) return
    if (isFor(attributes, Namespace)) return judgeNamespace(attributes, behaviours)
    if (resource.group === '' && resource.resource === Pod.resource) return judgePod(attributes, behaviours)
    if (attributes.subresource === '' && controllers.some((kind) => isFor(attributes, kind))) {
      warnOfTemplate(attributes, behaviours)
    }
  },
}

function policyFor({ namespace = '' }: AdmissionAttributes, behaviours: Behaviours) {
  return policyOf(behaviours.store(Namespace).get({ name: namespace })?.metadata.labels)
}

function judgePod(attributes: AdmissionAttributes, behaviours: Behaviours): void {
  const { object, operation, subresource, name, resource } = attributes
  if (ignored.has(subresource)) return
  const { enforce, warn } = policyFor(attributes, behaviours)
  if (enforce.level === 'privileged' && warn.level === 'privileged') return
  if (!isA(object, Pod) || !object.spec) return
  const before = operation === 'UPDATE' ? oldOf(attributes, Pod) : undefined
  if (before && !isSignificant(object, before)) return
  const pod: PodView = { metadata: object.metadata, spec: object.spec }
  const found = violations(enforce, pod)
  if (found.length > 0) {
    const cause = `violates PodSecurity ${goQuote(levelText(enforce))}: ${detailsOf(found)}`
    throw forbidden({ group: resource.group, resource: resource.resource }, name, cause)
  }
  warnOf(attributes, warn, pod)
}

function warnOf(attributes: AdmissionAttributes, warn: LevelVersion, pod: PodView): void {
  const found = violations(warn, pod)
  if (found.length === 0) return
  attributes.warn(`would violate PodSecurity ${goQuote(levelText(warn))}: ${detailsOf(found)}`)
}

const detailsOf = (found: readonly Violation[]): string =>
  found.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ')

/** Of what may change in a pod, only images and debug containers matter. */
function isSignificant(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod>): boolean {
  const lists = ['containers', 'initContainers'] as const
  const changed = lists.some((name) => {
    const [now, before] = [pod.spec?.[name] ?? [], old.spec?.[name] ?? []]
    return now.length !== before.length || now.some(({ image }, i) => image !== before[i]?.image)
  })
  const before = new Map((old.spec?.ephemeralContainers ?? []).map(({ name, image }) => [name, image]))
  return changed || (pod.spec?.ephemeralContainers ?? []).some(({ name, image }) => before.get(name) !== image)
}

/** Workloads are never refused: what counts are their pods. */
function warnOfTemplate(attributes: AdmissionAttributes, behaviours: Behaviours): void {
  const { warn } = policyFor(attributes, behaviours)
  if (warn.level === 'privileged') return
  const template = templateOf(attributes.object)
  if (template) warnOf(attributes, warn, template)
}

function templateOf(object: KubeObject | undefined): PodView | undefined {
  const whole: {
    readonly template?: Partial<PodView>
    readonly spec?: {
      readonly template?: Partial<PodView>
      readonly jobTemplate?: { readonly spec?: { readonly template?: Partial<PodView> } }
    }
  } = Object(object)
  const template = whole.template ?? whole.spec?.template ?? whole.spec?.jobTemplate?.spec?.template
  return template?.spec ? { metadata: template.metadata ?? {}, spec: template.spec } : undefined
}

function judgeNamespace(attributes: AdmissionAttributes, behaviours: Behaviours): void {
  const { object, name } = attributes
  const policy = policyOf(object?.metadata.labels)
  const old = oldOf(attributes, Namespace)
  const before = policyOf(old?.metadata.labels)
  const known = old && JSON.stringify(policy.errors) === JSON.stringify(before.errors)
  if (policy.errors.length > 0 && !known) throw invalid(groupKind(Namespace), name, policy.errors)
  const { enforce } = policy
  const same = enforce.minor === before.enforce.minor
  if (!old || enforce.level === 'privileged') return
  if (same && compareLevels(enforce.level, before.enforce.level) < 1) return
  for (const warning of warningsOf(name, enforce, behaviours)) attributes.warn(warning)
}

/** Which pods of the namespace would not be admitted any more. */
function warningsOf(namespace: string, enforce: LevelVersion, behaviours: Behaviours): string[] {
  const pods = oneOfEachController(behaviours.store(Pod).list(namespace))
  const checked = pods.slice(0, maxPods)
  const found = new Map<string, string[]>()
  for (const { metadata, spec } of checked) {
    const reasons = spec ? violations(enforce, { metadata, spec }).map(({ reason }) => reason) : []
    if (reasons.length === 0) continue
    const text = reasons.join(', ')
    found.set(text, [...(found.get(text) ?? []), metadata.name ?? ''])
  }
  const warnings: string[] = []
  if (checked.length < pods.length) {
    warnings.push(
      `new PodSecurity enforce level only checked against the first ${checked.length} of ${pods.length} existing pods`,
    )
  }
  if (found.size > 0) {
    const level = goQuote(levelText(enforce))
    warnings.push(`existing pods in namespace ${goQuote(namespace)} violate the new PodSecurity enforce level ${level}`)
  }
  const lines = [...found].map(([text, names]) => {
    const [first = '', ...others] = names.sort(compareUtf8)
    const more = others.length === 1 ? ' (and 1 other pod)' : ` (and ${others.length} other pods)`
    return `${first}${others.length === 0 ? '' : more}: ${text}`
  })
  return [...warnings, ...lines.sort(compareUtf8)]
}

/** One pod of each controller first: its others are most likely like it. */
function oneOfEachController(pods: readonly DeepReadonly<Pod>[]): DeepReadonly<Pod>[] {
  const seen = new Set<string>()
  const others: DeepReadonly<Pod>[] = []
  const first = pods.filter((pod) => {
    const uid = pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid
    if (uid === undefined) return true
    if (seen.has(uid)) others.push(pod)
    const isFirst = !seen.has(uid)
    seen.add(uid)
    return isFirst
  })
  return [...first, ...others]
}
