import type { Job, JobSpec, PodTemplateSpec } from '@wherry/api'
import {
  type DeepReadonly,
  deepClone,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  matcherOf,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { validatePodTemplate } from '../core/pod/validation/template.ts'
import { immutable, nonNegative } from '../fields.ts'

type Value = DeepReadonly<Job>
type Spec = DeepReadonly<JobSpec>

const maxIndexedParallelism = 100000

/** As pkg/apis/batch/validation `ValidateJob`. */
export function validateJob({ spec, metadata }: Value): FieldError[] {
  if (!spec) return [fieldRequired('spec')]
  const errors = validateJobSpec(spec, 'spec')
  if (!spec.selector) errors.push(fieldRequired('spec.selector'))
  else {
    errors.push(...validateLabelSelector(spec.selector, 'spec.selector'))
    const labels = spec.template?.metadata?.labels
    if (validateLabelSelector(spec.selector, '').length === 0 && !matcherOf(spec.selector).matches(labels)) {
      const detail = '`selector` does not match template `labels`'
      errors.push(fieldInvalid('spec.template.metadata.labels', labels, detail))
    }
  }
  return [...errors, ...validateGenerated(spec, metadata.uid, metadata.name)]
}

/** The labels that the server sets may be sent, but not with other values. */
function validateGenerated(spec: Spec, uid: string | undefined, name: string | undefined): FieldError[] {
  if (spec.manualSelector) return []
  const labels = spec.template?.metadata?.labels ?? {}
  const wanted = {
    'controller-uid': uid,
    'batch.kubernetes.io/controller-uid': uid,
    'job-name': name,
    'batch.kubernetes.io/job-name': name,
  }
  return Object.entries(wanted).flatMap(([key, value]) => {
    const field = 'spec.template.metadata.labels'
    if (!Object.hasOwn(labels, key)) return [fieldRequired(`${field}[${key}]`)]
    return labels[key] === value ? [] : [fieldInvalid(`${field}[${key}]`, labels[key], `must be '${value}'`)]
  })
}

/** Also of the jobs that a CronJob makes. */
export function validateJobSpec(spec: Spec, field: string): FieldError[] {
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
  const mode = spec.completionMode
  if (mode === 'Indexed') {
    if (spec.completions === undefined) {
      errors.push(fieldRequired(`${field}.completions`, 'when completion mode is Indexed'))
    }
    if ((spec.parallelism ?? 0) > maxIndexedParallelism) {
      const detail = `must be less than or equal to ${maxIndexedParallelism} when completion mode is Indexed`
      errors.push(fieldInvalid(`${field}.parallelism`, spec.parallelism, detail))
    }
  } else {
    if (mode !== undefined && mode !== 'NonIndexed') {
      errors.push(fieldNotSupported(`${field}.completionMode`, mode, ['Indexed', 'NonIndexed']))
    }
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[name] !== undefined) {
        errors.push(fieldInvalid(`${field}.${name}`, spec[name], 'requires indexed completion mode'))
      }
    }
  }
  const replacement = spec.podReplacementPolicy
  if (replacement !== undefined && replacement !== 'Failed' && replacement !== 'TerminatingOrFailed') {
    errors.push(fieldNotSupported(`${field}.podReplacementPolicy`, replacement, ['Failed', 'TerminatingOrFailed']))
  }
  return [...errors, ...validateTemplate(spec.template, spec, field)]
}

function validateTemplate(template: DeepReadonly<PodTemplateSpec>, spec: Spec, field: string): FieldError[] {
  const errors = validatePodTemplate(template, `${field}.template`)
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

/** As `ValidateJobSpecUpdate`: a job that has not started yet may still be placed elsewhere. */
export function validateJobUpdate({ spec }: Value, { spec: old, status }: Value): FieldError[] {
  const errors: FieldError[] = []
  const resized = spec?.completionMode === 'Indexed' && spec.completions === spec.parallelism
  if (!resized) errors.push(...immutable('spec.completions', spec?.completions, old?.completions))
  errors.push(...immutable('spec.selector', spec?.selector, old?.selector))
  const waiting = old?.suspend === true && status?.startTime === undefined
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

/** The old template with the new one's scheduling directives. */
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
      containers: old?.spec?.containers ?? [],
      ...(affinity || old?.spec?.affinity ? { affinity: merged } : {}),
    },
  })
}

export function validateJobStatus({ status }: Value): FieldError[] {
  const names = ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const
  const errors = names.flatMap((name) => nonNegative(`status.${name}`, status?.[name]))
  const has = (type: string) => status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false
  if (has('Complete') && has('Failed')) {
    const detail = 'cannot set Complete=True and Failed=true conditions'
    errors.push(fieldInvalid('status.conditions', status?.conditions, detail))
  }
  return errors
}
