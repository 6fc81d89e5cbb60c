import { Job } from '@wherry/api'
import { type DeepReadonly, humanDuration, parseTime } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, containerColumns, formatLabelSelector, nameColumn } from '../columns.ts'
import { setPodTemplateDefaults } from '../core/pod/defaults.ts'
import { dropDisabledFields } from '../core/pod/disabled-fields.ts'
import { nameWarnings } from '../core/pod/warnings.ts'
import { struct } from '../structs.ts'
import { jobWarnings } from './job-warnings.ts'
import { validateJobStatus } from './job-status-validation.ts'
import { validateJob, validateJobUpdate } from './job-validation.ts'

const maxInt32 = 2 ** 31 - 1
const controllerUID = 'batch.kubernetes.io/controller-uid'
const jobName = 'batch.kubernetes.io/job-name'

export const jobs = defineResource(Job, {
  categories: ['all'],
  generation: true,
  setDefaults(job) {
    const spec = struct(job, 'spec')
    const template = struct(spec, 'template')
    setPodTemplateDefaults(template)
    if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
    spec.parallelism ??= 1
    spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : maxInt32
    const labels = template.metadata?.labels
    if (labels && Object.keys(job.metadata.labels ?? {}).length === 0) job.metadata.labels = { ...labels }
    spec.completionMode ??= 'NonIndexed'
    spec.suspend ??= false
    spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed'
    for (const rule of spec.podFailurePolicy?.rules ?? []) {
      for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
    }
  },
  prepareForCreate(job) {
    selectByUID(job)
    dropDisabledFields(job.spec?.template?.spec, undefined)
  },
  prepareForUpdate: (job, old) => dropDisabledFields(job.spec?.template?.spec, old.spec?.template?.spec),
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  warnings: (job, old) => [
    ...(old ? [] : nameWarnings(job.metadata.name)),
    ...jobWarnings(job.spec, old?.spec, 'spec'),
  ],
  status: { initial: () => ({}), validateUpdate: validateJobStatus },
  columns: [
    nameColumn(),
    { name: 'Status', type: 'string', value: statusText },
    { name: 'Completions', type: 'string', value: completionsText },
    { name: 'Duration', type: 'string', value: durationText },
    ageColumn(),
    ...containerColumns<Job>((job) => job.spec?.template.spec?.containers),
    { name: 'Selector', type: 'string', priority: 1, value: (job) => formatLabelSelector(job.spec?.selector) },
  ],
  selectableFields: { 'status.successful': (job) => String(job.status?.succeeded ?? 0) },
})

/** A job selects its pods by its own uid, unless its creator says how. As pkg/registry/batch/job `generateSelector`. */
function selectByUID(job: Job): void {
  const spec = struct(job, 'spec')
  if (spec.manualSelector) return
  const { uid = '', name = '' } = job.metadata
  const labels = (struct(spec.template, 'metadata').labels ??= {})
  // What a creator sends instead of these is kept, for validation to refuse.
  labels[jobName] ??= name
  labels['job-name'] ??= name
  labels[controllerUID] ??= uid
  labels['controller-uid'] ??= uid
  const matchLabels = (struct(spec, 'selector').matchLabels ??= {})
  matchLabels[controllerUID] ??= uid
}

function statusText(job: DeepReadonly<Job>): string {
  const has = (type: string) => job.status?.conditions?.some((c) => c.type === type && c.status === 'True') ?? false
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (job.metadata.deletionTimestamp) return 'Terminating'
  if (has('Suspended')) return 'Suspended'
  return has('FailureTarget') ? 'FailureTarget' : 'Running'
}

function completionsText({ spec, status }: DeepReadonly<Job>): string {
  const succeeded = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec?.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function durationText({ status }: DeepReadonly<Job>, now: number): string {
  if (!status?.startTime) return ''
  return humanDuration((status.completionTime ? parseTime(status.completionTime) : now) - parseTime(status.startTime))
}
