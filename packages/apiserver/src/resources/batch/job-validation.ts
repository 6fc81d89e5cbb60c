import type { Container, Job, JobSpec, LabelSelector, PodTemplateSpec } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  deepClone,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  isDNS1123Label,
  matcherOf,
  semanticEqual,
  validateDomainPrefixedPath,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { validatePodTemplate } from '../core/pod/validation/template.ts'
import { immutable, nonNegative } from '../fields.ts'
import { validatePodFailurePolicy, validateSuccessPolicy } from './job-policies.ts'

type Value = DeepReadonly<Job>
type Spec = DeepReadonly<JobSpec>

const maxIndexed = 100_000
const manyCompletions = 100_000
const maxForMany = 10_000
const maxManagedBy = 63

/** As pkg/apis/batch/validation `ValidateJob`. */
export function validateJob({ spec, metadata }: Value, old?: Value): FieldError[] {
  if (!spec) return [fieldRequired('spec')]
  const { uid = '', name = '' } = metadata
  const errors = [
    ...validateGenerated(spec, uid, name),
    ...validateJobSpec(spec, 'spec', old?.spec),
    ...validateSelector(spec),
  ]
  // Pods are called after their job and index.
  if (old || spec.completionMode !== 'Indexed' || !spec.completions || spec.completions < 0) return errors
  const longest = `${name}-${spec.completions - 1}`
  if (isDNS1123Label(longest).length === 0) return errors
  const detail = `will not able to create pod with invalid DNS label: ${longest}`
  return [...errors, fieldInvalid('metadata.name', name, detail)]
}

function validateSelector({ selector, template }: Spec): FieldError[] {
  if (!selector) return [fieldRequired('spec.selector'), ...validateSelected(undefined, template)]
  const errors = validateLabelSelector(selector, 'spec.selector')
  return errors.length > 0 ? errors : validateSelected(selector, template)
}

function validateSelected(selector: DeepReadonly<LabelSelector> | undefined, template: Spec['template']): FieldError[] {
  const labels = template?.metadata?.labels
  if (selector && matcherOf(selector).matches(labels)) return []
  return [fieldInvalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`')]
}

/** The labels that the server sets may be sent, but not with other values. As `validateGeneratedSelector`. */
function validateGenerated(spec: Spec, uid: string, name: string): FieldError[] {
  if (spec.manualSelector || !spec.selector) return []
  const labels = spec.template?.metadata?.labels ?? {}
  const wanted = {
    'controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
  }
  const errors = Object.entries(wanted).flatMap(([key, value]) => {
    const field = `spec.template.metadata.labels[${key}]`
    if (!Object.hasOwn(labels, key)) return [fieldRequired(field, `must be '${value}'`)]
    return labels[key] === value ? [] : [fieldInvalid(field, labels, `must be '${value}'`)]
  })
  if (validateLabelSelector(spec.selector, '').length > 0 || matcherOf(spec.selector).matches(wanted)) return errors
  return [...errors, fieldInvalid('spec.selector', spec.selector, '`selector` not auto-generated')]
}

/** Also of the jobs that a CronJob makes. As `validateJobSpec`. */
export function validateJobSpec(spec: Spec, field: string, old?: Spec): FieldError[] {
  const errors: FieldError[] = []
  const counts = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const
  for (const name of counts) errors.push(...nonNegative(`${field}.${name}`, spec[name]))
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(fieldRequired(`${field}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  }
  if (spec.managedBy !== undefined) {
    errors.push(...validateDomainPrefixedPath(`${field}.managedBy`, spec.managedBy))
    if (byteLength(spec.managedBy) > maxManagedBy) errors.push(fieldTooLong(`${field}.managedBy`, '', maxManagedBy))
  }
  errors.push(...validateCompletionMode(spec, field))
  if (spec.podFailurePolicy) errors.push(...validatePodFailurePolicy(spec, `${field}.podFailurePolicy`))
  errors.push(...validateSuccessPolicy(spec, `${field}.successPolicy`))
  const replacement = spec.podReplacementPolicy
  const replacements = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed']
  if (replacement !== undefined && !replacements.includes(replacement)) {
    errors.push(fieldNotSupported(`${field}.podReplacementPolicy`, replacement, replacements))
  }
  return [...errors, ...validateTemplate(spec, field, old)]
}

function validateCompletionMode(spec: Spec, field: string): FieldError[] {
  const { completionMode: mode, completions, parallelism = 0, maxFailedIndexes: failed, backoffLimitPerIndex } = spec
  const errors: FieldError[] = []
  const refuse = (name: string, value: unknown, detail: string) =>
    errors.push(fieldInvalid(`${field}.${name}`, value, detail))
  if (mode === undefined || mode === 'NonIndexed') {
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[name] !== undefined) refuse(name, spec[name], 'requires indexed completion mode')
    }
    return errors
  }
  if (mode !== 'Indexed') return [fieldNotSupported(`${field}.completionMode`, mode, ['NonIndexed', 'Indexed'])]
  if (completions === undefined) {
    errors.push(fieldRequired(`${field}.completions`, 'when completion mode is Indexed'))
  }
  if (parallelism > maxIndexed) {
    const detail = `must be less than or equal to ${maxIndexed} when completion mode is Indexed`
    refuse('parallelism', parallelism, detail)
  }
  if (completions !== undefined && failed !== undefined && failed > completions) {
    refuse('maxFailedIndexes', failed, 'must be less than or equal to completions')
  }
  if (failed !== undefined && failed > maxIndexed) {
    refuse('maxFailedIndexes', failed, `must be less than or equal to ${maxIndexed}`)
  }
  if ((completions ?? 0) <= manyCompletions || backoffLimitPerIndex === undefined) return errors
  if (failed === undefined) {
    const detail = `must be specified when completions is above ${manyCompletions}`
    errors.push(fieldRequired(`${field}.maxFailedIndexes`, detail))
  }
  const detail = `must be less than or equal to ${maxForMany} when completions are above ${manyCompletions} and used with backoff limit per index`
  if (parallelism > maxForMany) refuse('parallelism', parallelism, detail)
  if (failed !== undefined && failed > maxForMany) refuse('maxFailedIndexes', failed, detail)
  return errors
}

function validateTemplate(spec: Spec, field: string, old: Spec | undefined): FieldError[] {
  const { template } = spec
  const errors = validatePodTemplate(template, `${field}.template`, old?.template)
  const at = `${field}.template.spec.restartPolicy`
  const policy = template?.spec?.restartPolicy
  if (!policy || policy === 'Always') errors.push(fieldRequired(at, 'valid values: "OnFailure", "Never"'))
  else if (policy !== 'OnFailure' && policy !== 'Never') {
    errors.push(fieldNotSupported(at, policy, ['OnFailure', 'Never']))
  } else if (spec.podFailurePolicy && policy !== 'Never') {
    errors.push(fieldInvalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'))
  }
  return errors
}

/** As `ValidateJobSpecUpdate`: while no pod of a job is there, they may be placed elsewhere and ask for more or less. */
export function validateJobUpdate({ spec }: Value, { spec: old, status }: Value): FieldError[] {
  const errors = validateCompletions(spec, old)
  errors.push(...immutable('spec.selector', spec?.selector, old?.selector))
  const waiting = old?.suspend === true && (status?.active ?? 0) === 0
  const before = waiting ? placed(old?.template, spec?.template) : old?.template
  errors.push(...immutable('spec.template', spec?.template, before))
  for (const name of [
    'completionMode',
    'podFailurePolicy',
    'backoffLimitPerIndex',
    'managedBy',
    'successPolicy',
  ] as const) {
    errors.push(...immutable(`spec.${name}`, spec?.[name], old?.[name]))
  }
  return errors
}

/** Indexed jobs may be resized (KEP-3715): completions and parallelism together. */
function validateCompletions(spec: Spec | undefined, old: Spec | undefined): FieldError[] {
  const completions = spec?.completions
  if (spec?.completionMode !== 'Indexed') return immutable('spec.completions', completions, old?.completions)
  if (completions === undefined || semanticEqual(completions, old?.completions)) return []
  if (completions === spec.parallelism) return []
  return [fieldInvalid('spec.completions', completions, 'can only be modified in tandem with spec.parallelism')]
}

/** The old template with the new one's scheduling directives and amounts of resources (KEP-2926, KEP-5440). */
function placed(
  old: DeepReadonly<PodTemplateSpec> | undefined,
  now: DeepReadonly<PodTemplateSpec> | undefined,
): PodTemplateSpec {
  const { nodeSelector, tolerations, affinity, schedulingGates } = now?.spec ?? {}
  const { labels, annotations } = now?.metadata ?? {}
  const spec = { ...old?.spec, nodeSelector, tolerations, schedulingGates }
  const nodeAffinity = affinity?.nodeAffinity
  const merged = { ...old?.spec?.affinity, nodeAffinity }
  return deepClone<PodTemplateSpec>({
    metadata: { ...old?.metadata, labels, annotations },
    spec: {
      ...spec,
      containers: sized(old?.spec?.containers, now?.spec?.containers) ?? [],
      ...(old?.spec?.initContainers && { initContainers: sized(old.spec.initContainers, now?.spec?.initContainers) }),
      ...(affinity || old?.spec?.affinity ? { affinity: merged } : {}),
    },
  })
}

/** The old containers with the requests and limits of the new ones in the same places. */
function sized(
  old: DeepReadonly<Container[]> | undefined,
  now: DeepReadonly<Container[]> | undefined,
): DeepReadonly<Container[]> | undefined {
  if (old?.length !== now?.length) return old
  return old?.map((container, i) => {
    const { requests, limits } = now?.[i]?.resources ?? {}
    return { ...container, resources: { ...container.resources, requests, limits } }
  })
}
