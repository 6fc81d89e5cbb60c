import type { Job, Pod } from '@wherry/api'
import { type DeepReadonly, deepFreeze, formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aPod, type PodShape } from '../../testing/index.ts'
import { noFailures } from './backoff.ts'
import { newPod } from './controller.ts'
import { countReleased, finishedStatus, planJob } from './plan.ts'

const now = 1_000_000

function aJob(spec: Partial<Job['spec'] & {}> = {}, status?: Job['status'], meta: Job['metadata'] = {}) {
  const job: Job = {
    metadata: { name: 'work', namespace: 'default', uid: 'uid-work', ...meta },
    spec: {
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      podReplacementPolicy: 'TerminatingOrFailed',
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
      ...spec,
    },
    ...(status ? { status } : {}),
  }
  return deepFreeze(job)
}

function tracked(shape: PodShape & { index?: number; exitCode?: number } = {}): DeepReadonly<Pod> {
  const { index, exitCode, ...rest } = shape
  const pod = aPod({
    node: 'n1',
    ...rest,
    annotations: {
      ...rest.annotations,
      ...(index === undefined ? {} : { 'batch.kubernetes.io/job-completion-index': `${index}` }),
    },
  })
  const containerStatuses =
    exitCode === undefined
      ? pod.status?.containerStatuses
      : [{ name: 'c', image: 'i', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode } } }]
  return deepFreeze({
    ...pod,
    metadata: { ...pod.metadata, finalizers: ['batch.kubernetes.io/job-tracking'] },
    status: { ...pod.status, containerStatuses },
  })
}

const plan = (job: ReturnType<typeof aJob>, pods: DeepReadonly<Pod>[] = []) =>
  planJob({ job, pods, backoff: noFailures, now })
const outcome = ({ create, remove, finish }: ReturnType<typeof plan>) => [create.length, remove.length, finish?.reason]
const succeeded = (uid: string, index?: number) =>
  tracked({ uid, phase: 'Succeeded', ...(index === undefined ? {} : { index }) })
const failed = (uid: string, index?: number) =>
  tracked({ uid, phase: 'Failed', ...(index === undefined ? {} : { index }) })

describe('a Job', () => {
  it('starts as many pods as may run at once', () => {
    const { create, status } = plan(aJob({ completions: 5, parallelism: 2 }))
    expect(create).toHaveLength(2)
    expect(status).toMatchObject({ active: 2, ready: 0, terminating: 0, startTime: formatTime(now) })
  })

  it.each([
    {
      name: 'starts no more than are left to complete',
      job: aJob({ completions: 3, parallelism: 3 }, { succeeded: 2 }),
      pods: [],
      want: [1, 0, undefined],
    },
    {
      name: 'removes pods beyond its parallelism',
      job: aJob({ completions: 5, parallelism: 1 }),
      pods: [tracked(), tracked(), tracked()],
      want: [0, 2, undefined],
    },
    {
      name: 'without completions is left alone after the first success',
      job: aJob({ completions: undefined, parallelism: 3 }),
      pods: [succeeded('a'), tracked()],
      want: [0, 0, undefined],
    },
    {
      name: 'without completions is complete when the rest has ended',
      job: aJob({ completions: undefined, parallelism: 3 }),
      pods: [succeeded('a')],
      want: [0, 0, 'CompletionsReached'],
    },
    { name: 'is complete', job: aJob(), pods: [succeeded('a')], want: [0, 0, 'CompletionsReached'] },
    {
      name: 'fails beyond its back-off limit, and takes the rest down',
      job: aJob({ completions: 2, parallelism: 2, backoffLimit: 0 }),
      pods: [failed('a'), tracked()],
      want: [0, 1, 'BackoffLimitExceeded'],
    },
    {
      name: 'fails beyond its deadline',
      job: aJob({ activeDeadlineSeconds: 10 }, { startTime: formatTime(now - 10_000) }),
      pods: [tracked()],
      want: [0, 1, 'DeadlineExceeded'],
    },
    {
      name: 'goes on failing once it has begun to',
      job: aJob(
        { backoffLimit: 9 },
        { conditions: [{ type: 'FailureTarget', status: 'True', reason: 'BackoffLimitExceeded' }] },
      ),
      pods: [tracked()],
      want: [0, 1, 'BackoffLimitExceeded'],
    },
    { name: 'that is suspended has no pods', job: aJob({ suspend: true }), pods: [tracked()], want: [0, 1, undefined] },
    {
      name: 'that is deleted makes no pods',
      job: aJob({}, undefined, { deletionTimestamp: formatTime(1) }),
      pods: [],
      want: [0, 0, undefined],
    },
    {
      name: 'replaces a pod that is being deleted',
      job: aJob(),
      pods: [tracked({ deleting: true })],
      want: [1, 0, undefined],
    },
    {
      name: 'waits for a terminating pod to fail where it shall',
      job: aJob({ podReplacementPolicy: 'Failed' }),
      pods: [tracked({ deleting: true })],
      want: [0, 0, undefined],
    },
  ])('$name', ({ job, pods, want }) => {
    const got = plan(job, pods)
    // A deleted pod counts as a failure, so that its replacement waits.
    const waits = want[0] === 1 && got.create.length === 0 && got.requeueAfterMs !== undefined
    expect(waits ? [1, ...outcome(got).slice(1)] : outcome(got)).toEqual(want)
  })

  it('waits before it replaces a failed pod', () => {
    const { create, requeueAfterMs } = plan(aJob(), [failed('a')])
    expect(create).toEqual([])
    expect(requeueAfterMs).toBeGreaterThan(0)
  })

  it('says that it is suspended and that it goes on, and then starts its time anew', () => {
    expect(plan(aJob({ suspend: true })).status.conditions).toMatchObject([
      { type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' },
    ])
    const conditions = [{ type: 'Suspended', status: 'True', reason: 'JobSuspended' }]
    const { status, events } = plan(aJob({}, { conditions, startTime: formatTime(1000) }))
    expect(status.conditions).toMatchObject([{ type: 'Suspended', status: 'False', reason: 'JobResumed' }])
    expect(status.startTime).toBe(formatTime(now))
    expect(events).toEqual([{ reason: 'Resumed', message: 'Job resumed' }])
  })
})

describe('the end of a pod', () => {
  it('is named in the status before it is counted', () => {
    const { status, release } = plan(aJob({ completions: 3, parallelism: 3 }), [succeeded('a'), failed('b'), tracked()])
    expect(status.uncountedTerminatedPods).toEqual({ succeeded: ['a'], failed: ['b'] })
    expect(status.succeeded).toBeUndefined()
    expect(release.map(({ metadata }) => metadata.uid)).toEqual(['a', 'b'])
    expect(countReleased(status, new Set(['b']))).toMatchObject({
      succeeded: 1,
      uncountedTerminatedPods: { failed: ['b'] },
    })
  })

  it('is not named twice', () => {
    const job = aJob({ completions: 3 }, { uncountedTerminatedPods: { succeeded: ['a'] } })
    expect(plan(job, [succeeded('a')]).status.uncountedTerminatedPods).toEqual({ succeeded: ['a'] })
  })

  it('holds the Job up until it is counted, and no longer', () => {
    const { status, finish } = plan(aJob(), [succeeded('a')])
    expect(status.conditions).toMatchObject([
      { type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached' },
    ])
    if (!finish) throw new Error('the job is over')
    expect(finishedStatus(status, finish, now)).toBeUndefined()
    expect(finishedStatus(countReleased(status, new Set()), finish, now)).toMatchObject({
      succeeded: 1,
      completionTime: formatTime(now),
      conditions: [{ type: 'SuccessCriteriaMet' }, { type: 'Complete', status: 'True' }],
    })
    expect(finishedStatus({ terminating: 1 }, finish, now)).toBeUndefined()
  })
})

describe('an Indexed Job', () => {
  const indexed = (spec: Partial<Job['spec'] & {}> = {}, status?: Job['status']) =>
    aJob({ completionMode: 'Indexed', completions: 4, parallelism: 2, ...spec }, status)

  it('makes pods for the lowest indexes that need one', () => {
    const job = indexed({ parallelism: 3 }, { completedIndexes: '0', succeeded: 1 })
    expect(plan(job, [tracked({ index: 1 })]).create).toEqual([{ index: 2 }, { index: 3 }])
  })

  it('counts its indexes', () => {
    const { status } = plan(indexed({}, { completedIndexes: '0' }), [succeeded('b', 1), succeeded('c', 3)])
    expect(status).toMatchObject({ completedIndexes: '0,1,3', succeeded: 3 })
  })

  it('removes second pods of an index and pods without one', () => {
    const pods = [tracked({ index: 0 }), tracked({ index: 0, readySince: 1 }), tracked()]
    expect(plan(indexed(), pods).remove).toEqual(expect.arrayContaining([pods[0], pods[2]]))
  })

  it('tells each pod its index', () => {
    const pod = newPod(indexed(), { index: 2 })
    expect(pod.metadata).toMatchObject({
      generateName: 'work-2-',
      finalizers: ['batch.kubernetes.io/job-tracking'],
      annotations: { 'batch.kubernetes.io/job-completion-index': '2' },
      labels: { 'batch.kubernetes.io/job-completion-index': '2' },
    })
    expect(pod.spec?.hostname).toBe('work-2')
    expect(pod.spec?.containers[0]?.env?.[0]?.name).toBe('JOB_COMPLETION_INDEX')
  })

  it('with a limit per index hands the failures of an index on, and then gives it up', () => {
    const job = indexed({ backoffLimitPerIndex: 1, backoffLimit: 100, parallelism: 1 })
    const first = deepFreeze({
      ...failed('a', 0),
      metadata: { ...failed('a', 0).metadata, deletionTimestamp: formatTime(1) },
    })
    const again = plan(job, [first])
    expect(again.create).toEqual([{ index: 0, failures: { counted: 1, ignored: 0 } }])
    expect(again.release).toEqual([])
    const annotations = { 'batch.kubernetes.io/job-index-failure-count': '1' }
    const second = tracked({ uid: 'b', phase: 'Failed', index: 0, annotations })
    const given = plan(job, [second])
    expect(given.status.failedIndexes).toBe('0')
    expect(given.create).toEqual([{ index: 1, failures: { counted: 0, ignored: 0 } }])
    expect(given.release).toEqual([second])
  })

  it.each([
    { status: { failedIndexes: '0,1', completedIndexes: '2,3' }, max: undefined, want: 'FailedIndexes' },
    { status: { failedIndexes: '0,1' }, max: 1, want: 'MaxFailedIndexesExceeded' },
    { status: { failedIndexes: '0' }, max: 1, want: undefined },
  ])('with failed indexes $status ends with $want', ({ status, max, want }) => {
    const job = indexed({ backoffLimitPerIndex: 0, backoffLimit: 100, maxFailedIndexes: max }, status)
    expect(plan(job).finish?.reason).toBe(want)
  })

  it('succeeds early where its success policy says so', () => {
    const successPolicy = { rules: [{ succeededIndexes: '2-3', succeededCount: 1 }] }
    expect(plan(indexed({ successPolicy }), [succeeded('a', 0)]).finish).toBeUndefined()
    expect(plan(indexed({ successPolicy }), [succeeded('a', 3)]).finish).toEqual({
      type: 'Complete',
      reason: 'SuccessPolicy',
      message: 'Matched rules at index 0',
    })
  })
})

describe('a pod failure policy', () => {
  const policy = (action: string) => ({ rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] })
  const pod = tracked({ name: 'p', uid: 'a', phase: 'Failed', exitCode: 42 })

  it('may fail the Job', () => {
    expect(plan(aJob({ podFailurePolicy: policy('FailJob') }), [pod]).finish).toEqual({
      type: 'Failed',
      reason: 'PodFailurePolicy',
      message: 'Container c for pod default/p failed with exit code 42 matching FailJob rule at index 0',
    })
  })

  it('may ignore the failure', () => {
    const { finish, status } = plan(aJob({ backoffLimit: 0, podFailurePolicy: policy('Ignore') }), [pod])
    expect(finish).toBeUndefined()
    expect(status.uncountedTerminatedPods).toEqual({})
  })

  it('does not matter to other exit codes', () => {
    const other = tracked({ uid: 'b', phase: 'Failed', exitCode: 1 })
    const { status } = plan(aJob({ podFailurePolicy: policy('Ignore') }), [other])
    expect(status.uncountedTerminatedPods).toEqual({ failed: ['b'] })
  })
})
