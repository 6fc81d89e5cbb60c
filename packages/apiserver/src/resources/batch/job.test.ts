import type { Job, JobSpec } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { jobs } from './job.ts'

const facts = { user: { name: 'u', groups: [] }, now: 0, dryRun: false }

function aJob(spec: Partial<JobSpec> = {}): Job {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'app:1' }] } }
  const job: Job = { metadata: { name: 'j', uid: 'u1' }, spec: { template: structuredClone(template), ...spec } }
  jobs.setDefaults?.(job)
  jobs.prepareForCreate?.(job, facts)
  return job
}
const errorsOf = (spec: Partial<JobSpec>) => (jobs.validate?.(aJob(spec)) ?? []).map(formatFieldError)

describe('a Job', () => {
  it('runs once unless told otherwise', () => {
    expect(aJob().spec).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
    })
    expect(aJob({ parallelism: 3 }).spec?.completions).toBeUndefined()
  })

  it('selects its pods by its uid', () => {
    const { spec } = aJob()
    expect(spec?.selector).toEqual({ matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' } })
    expect(spec?.template.metadata?.labels).toEqual({
      'batch.kubernetes.io/controller-uid': 'u1',
      'controller-uid': 'u1',
      'batch.kubernetes.io/job-name': 'j',
      'job-name': 'j',
    })
  })

  it.each<{ name: string; spec: Partial<JobSpec>; want: string[] }>([
    { name: 'is valid as it is', spec: {}, want: [] },
    {
      name: 'does not restart its pods for ever',
      spec: { template: { spec: { containers: [{ name: 'c', image: 'app:1' }] } } },
      want: ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    },
    {
      name: 'with an index has an end',
      spec: { completionMode: 'Indexed', parallelism: 2 },
      want: ['spec.completions: Required value: when completion mode is Indexed'],
    },
    {
      name: 'runs no less than nothing',
      spec: { parallelism: -1 },
      want: ['spec.parallelism: Invalid value: -1: must be greater than or equal to 0'],
    },
  ])('$name', ({ spec, want }) => {
    expect(errorsOf(spec)).toEqual(want)
  })

  it('keeps its template once it has started', () => {
    const changed = aJob()
    if (changed.spec?.template.spec) changed.spec.template.spec.nodeSelector = { zone: 'a' }
    expect(jobs.validateUpdate?.(changed, aJob())?.map(({ field, detail }) => `${field}: ${detail}`)).toEqual([
      'spec.template: field is immutable',
    ])
    const suspended = aJob({ suspend: true })
    expect(
      jobs.validateUpdate?.(
        { ...changed, spec: { ...suspended.spec, template: changed.spec?.template ?? {} } },
        suspended,
      ),
    ).toEqual([])
  })

  it.each([
    { status: {}, want: ['Running', '0/1', ''] },
    {
      status: {
        succeeded: 1,
        startTime: '2026-01-01T00:00:00Z',
        completionTime: '2026-01-01T00:00:05Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
      want: ['Complete', '1/1', '5s'],
    },
    { status: { conditions: [{ type: 'Failed', status: 'True' }] }, want: ['Failed', '0/1', ''] },
    { status: { conditions: [{ type: 'Suspended', status: 'True' }] }, want: ['Suspended', '0/1', ''] },
  ])('shows $want', ({ status, want }) => {
    expect(jobs.columns?.slice(1, 4).map((column) => column.value({ ...aJob(), status }, 0))).toEqual(want)
  })
})
