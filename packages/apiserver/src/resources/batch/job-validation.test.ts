import type { Container, Job, JobSpec } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { jobs } from './job.ts'
import { validateJob, validateJobUpdate } from './job-validation.ts'

const facts = { user: { name: 'u', groups: [] }, now: 0, dryRun: false }
const container: Container = { name: 'c', image: 'app:1' }

function aJob(spec: Partial<JobSpec> = {}, name = 'j'): Job {
  const template = { spec: { restartPolicy: 'Never', containers: [{ ...container }] } }
  const job: Job = { metadata: { name, uid: 'u1' }, spec: { template, ...structuredClone(spec) } }
  jobs.setDefaults?.(job)
  jobs.prepareForCreate?.(job, facts)
  return job
}
const errorsOf = (spec: Partial<JobSpec>, name?: string) => validateJob(aJob(spec, name)).map(formatFieldError)
const indexed: Partial<JobSpec> = { completionMode: 'Indexed', completions: 5, parallelism: 2 }
const pod = (restartPolicy: string) => ({ spec: { restartPolicy, containers: [{ ...container }] } })

describe('the counts of a job', () => {
  it.each<{ name: string; spec: Partial<JobSpec>; job?: string; want: string[] }>([
    { name: 'an index for each of many', spec: { ...indexed, completions: 100_001, parallelism: 100_000 }, want: [] },
    ...(
      ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'] as const
    ).map((field) => ({
      name: `${field} is never negative`,
      spec: { [field]: -1 },
      want: [`spec.${field}: Invalid value: -1: must be greater than or equal to 0`],
    })),
    {
      name: 'so many pods at once cannot have indexes',
      spec: { ...indexed, parallelism: 100_001 },
      want: [
        'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      ],
    },
    {
      name: 'an unknown mode',
      spec: { completionMode: 'Random' },
      want: ['spec.completionMode: Unsupported value: "Random": supported values: "NonIndexed", "Indexed"'],
    },
    {
      name: 'limits of each index need indexes',
      spec: { backoffLimitPerIndex: 1, maxFailedIndexes: 1 },
      want: [
        'spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    },
    {
      name: 'failed indexes are counted with a limit of each only',
      spec: { ...indexed, maxFailedIndexes: 1 },
      want: ['spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified'],
    },
    {
      name: 'no more indexes fail than there are',
      spec: { ...indexed, backoffLimitPerIndex: 1, maxFailedIndexes: 6 },
      want: ['spec.maxFailedIndexes: Invalid value: 6: must be less than or equal to completions'],
    },
    {
      name: 'very many indexes say how many may fail',
      spec: { ...indexed, completions: 100_001, parallelism: 10_001, backoffLimitPerIndex: 1 },
      want: [
        'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
        'spec.parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
      ],
    },
    {
      name: 'the names of pods are names',
      spec: indexed,
      job: 'a'.repeat(62),
      want: [
        `metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-4`,
      ],
    },
    {
      name: 'managers have a domain',
      spec: { managedBy: 'me' },
      want: ['spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
    },
    {
      name: 'managers are not called too long',
      spec: { managedBy: `example.com/${'a'.repeat(60)}` },
      want: ['spec.managedBy: Too long: may not be more than 63 bytes'],
    },
    {
      name: 'an unknown time of replacement',
      spec: { podReplacementPolicy: 'Soon' },
      want: ['spec.podReplacementPolicy: Unsupported value: "Soon": supported values: "Failed", "TerminatingOrFailed"'],
    },
    {
      name: 'an unknown restart policy',
      spec: { template: pod('Sometimes') },
      want: [
        'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
        'spec.template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "OnFailure", "Never"',
      ],
    },
    {
      name: 'a selector that others made',
      spec: { selector: { matchLabels: { a: 'b' } } },
      want: [
        'spec.selector: Invalid value: {"matchLabels":{"a":"b","batch.kubernetes.io/controller-uid":"u1"}}: `selector` not auto-generated',
        'spec.template.metadata.labels: Invalid value: {"batch.kubernetes.io/job-name":"j","job-name":"j","batch.kubernetes.io/controller-uid":"u1","controller-uid":"u1"}: `selector` does not match template `labels`',
      ],
    },
    {
      name: 'a selector by hand that selects other pods',
      spec: { manualSelector: true, selector: { matchLabels: { a: 'b' } } },
      want: ['spec.template.metadata.labels: Invalid value: null: `selector` does not match template `labels`'],
    },
  ])('$name', ({ spec, job, want }) => {
    expect(errorsOf(spec, job)).toEqual(want)
  })
})

describe('the policies of a job', () => {
  const rules = 'spec.podFailurePolicy.rules'
  it.each<{ name: string; rule: object; spec?: Partial<JobSpec>; want: string[] }>([
    { name: 'exit codes', rule: { action: 'FailJob', onExitCodes: { operator: 'In', values: [1, 42] } }, want: [] },
    {
      name: 'conditions of pods',
      rule: { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
      want: [],
    },
    {
      name: 'an action is needed',
      rule: { onExitCodes: { operator: 'In', values: [1] } },
      want: [`${rules}[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]`],
    },
    {
      name: 'an index fails where indexes have limits',
      rule: { action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } },
      want: [`${rules}[0].action: Invalid value: "FailIndex": requires the backoffLimitPerIndex to be set`],
    },
    {
      name: 'one requirement is needed',
      rule: { action: 'Count' },
      want: [`${rules}[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required`],
    },
    {
      name: 'no more than one requirement',
      rule: {
        action: 'Count',
        onExitCodes: { operator: 'In', values: [1] },
        onPodConditions: [{ type: 'A', status: 'True' }],
      },
      want: [`${rules}[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is not supported`],
    },
    {
      name: 'success is no failure',
      rule: { action: 'FailJob', onExitCodes: { operator: 'In', values: [0, 1] } },
      want: [`${rules}[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator`],
    },
    {
      name: 'codes come in order, once each',
      rule: { action: 'FailJob', onExitCodes: { operator: 'NotIn', values: [2, 1, 2] } },
      want: [
        `${rules}[0].onExitCodes.values[2]: Duplicate value: 2`,
        `${rules}[0].onExitCodes.values: Invalid value: [2,1,2]: must be ordered`,
      ],
    },
    {
      name: 'codes are needed, of a container that is there',
      rule: { action: 'FailJob', onExitCodes: { operator: 'Near', containerName: 'x', values: [] } },
      want: [
        `${rules}[0].onExitCodes.operator: Unsupported value: "Near": supported values: "In", "NotIn"`,
        `${rules}[0].onExitCodes.containerName: Invalid value: "x": must be one of the container or initContainer names in the pod template`,
        `${rules}[0].onExitCodes.values: Invalid value: []: at least one value is required`,
      ],
    },
    {
      name: 'pods that fail are not started again',
      rule: { action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } },
      spec: { template: pod('OnFailure') },
      want: [
        'spec.template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when podFailurePolicy is specified',
      ],
    },
    {
      name: 'pods are replaced once they have failed',
      rule: { action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } },
      spec: { podReplacementPolicy: 'TerminatingOrFailed' },
      want: ['spec.podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"'],
    },
  ])('of failure: $name', ({ rule, spec, want }) => {
    const policy: JobSpec['podFailurePolicy'] = { rules: [Object(rule)] }
    expect(errorsOf({ ...spec, podFailurePolicy: policy })).toEqual(want)
  })

  const at = 'spec.successPolicy.rules'
  it.each<{ name: string; rules: { succeededIndexes?: string; succeededCount?: number }[]; want: string[] }>([
    {
      name: 'some indexes',
      rules: [{ succeededIndexes: '0-1,4', succeededCount: 3 }, { succeededCount: 1 }],
      want: [],
    },
    {
      name: 'a rule is needed',
      rules: [],
      want: [`${at}: Required value: at least one rules must be specified when the successPolicy is specified`],
    },
    {
      name: 'a rule says something',
      rules: [{}],
      want: [`${at}[0]: Required value: at least one of succeededCount or succeededIndexes must be specified`],
    },
    {
      name: 'indexes that are not there',
      rules: [{ succeededIndexes: '0-9' }],
      want: [`${at}[0].succeededIndexes: Invalid value: "0-9": error parsing succeededIndexes: too large index: "9"`],
    },
    {
      name: 'more than there are',
      rules: [{ succeededCount: 6 }, { succeededIndexes: '1-2', succeededCount: 3 }, { succeededCount: -1 }],
      want: [
        `${at}[0].succeededCount: Invalid value: 6: must be less than or equal to 5 (the number of specified completions)`,
        `${at}[1].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)`,
        `${at}[2].succeededCount: Invalid value: -1: must be greater than or equal to 0`,
      ],
    },
  ])('of success: $name', ({ rules: given, want }) => {
    expect(errorsOf({ ...indexed, successPolicy: { rules: given } })).toEqual(want)
  })

  it('need indexes for success', () => {
    expect(errorsOf({ successPolicy: { rules: [{ succeededIndexes: '0' }] } })).toEqual([
      'spec.successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":"0","SucceededCount":null}]}: requires indexed completion mode',
    ])
  })
})

describe('an update of a job', () => {
  const asking = (cpu: string) => ({
    spec: { restartPolicy: 'Never', containers: [{ ...container, resources: { requests: { cpu } } }] },
  })
  const placedIn = (zone: string) => ({
    spec: { restartPolicy: 'Never', nodeSelector: { zone }, containers: [{ ...container }] },
  })

  it.each<{ name: string; from: Partial<JobSpec>; active?: number; to: Partial<JobSpec>; want: string[] }>([
    { name: 'more at once', from: {}, to: { parallelism: 3, completions: 1 }, want: [] },
    {
      name: 'other amounts while it waits',
      from: { suspend: true, template: asking('1') },
      to: { template: asking('2') },
      want: [],
    },
    {
      name: 'another place while it waits',
      from: { suspend: true, template: placedIn('a') },
      to: { template: placedIn('b') },
      want: [],
    },
    {
      name: 'other amounts while pods of it still run',
      from: { suspend: true, template: asking('1') },
      active: 1,
      to: { template: asking('2') },
      want: ['spec.template'],
    },
    { name: 'other amounts', from: { template: asking('1') }, to: { template: asking('2') }, want: ['spec.template'] },
    {
      name: 'another image while it waits',
      from: { suspend: true },
      to: { template: { spec: { restartPolicy: 'Never', containers: [{ ...container, image: 'app:2' }] } } },
      want: ['spec.template'],
    },
    {
      name: 'another count',
      from: { completions: 2 },
      to: { completions: 3 },
      want: ['spec.completions'],
    },
    {
      name: 'both counts of an indexed one',
      from: indexed,
      to: { ...indexed, completions: 7, parallelism: 7 },
      want: [],
    },
    {
      name: 'one count of an indexed one',
      from: indexed,
      to: { ...indexed, completions: 7 },
      want: ['spec.completions'],
    },
    { name: 'the manager', from: {}, to: { managedBy: 'example.com/me' }, want: ['spec.managedBy'] },
    { name: 'the mode', from: { completions: 5 }, to: { ...indexed, parallelism: 5 }, want: ['spec.completionMode'] },
    {
      name: 'what is enough',
      from: indexed,
      to: { ...indexed, successPolicy: { rules: [{ succeededCount: 1 }] } },
      want: ['spec.successPolicy'],
    },
  ])('$name', ({ from, active = 0, to, want }) => {
    const old = { ...aJob(from), status: { active } }
    expect(validateJobUpdate(aJob(to), old).map(({ field }) => field)).toEqual(want)
  })
})
