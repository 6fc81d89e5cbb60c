import type { JobCondition, JobSpec, JobStatus } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { validateJobStatus } from './job-status-validation.ts'

const job = (status: JobStatus, spec: Partial<JobSpec>) => ({
  metadata: { name: 'j' },
  spec: { template: {}, ...spec },
  status,
})
const on = (...types: string[]): JobCondition[] => types.map((type) => ({ type, status: 'True' }))
const [start, end] = ['2026-01-01T00:00:00Z', '2026-01-01T00:01:00Z']
const complete: JobStatus = { startTime: start, completionTime: end, conditions: on('SuccessCriteriaMet', 'Complete') }
const failed: JobStatus = { startTime: start, conditions: on('FailureTarget', 'Failed') }
const indexed: Partial<JobSpec> = { completionMode: 'Indexed', completions: 5, parallelism: 1, backoffLimitPerIndex: 1 }
const at = 'status.conditions: Invalid value:'

describe('the status of a job', () => {
  it.each<{ name: string; spec?: Partial<JobSpec>; old?: JobStatus; status: JobStatus; want: string[] }>([
    { name: 'a start', status: { startTime: start, active: 1, ready: 1 }, want: [] },
    { name: 'a good end', old: { startTime: start, active: 1 }, status: complete, want: [] },
    { name: 'a bad end', old: { startTime: start, active: 1 }, status: failed, want: [] },
    {
      name: 'less than nothing',
      status: { active: -1, failed: -1 },
      want: [
        'status.active: Invalid value: -1: must be greater than or equal to 0',
        'status.failed: Invalid value: -1: must be greater than or equal to 0',
        'status.failed: Invalid value: -1: cannot decrease the failed counter',
      ],
    },
    {
      name: 'pods counted twice',
      status: { uncountedTerminatedPods: { succeeded: ['a', 'b'], failed: ['b', ''] } },
      want: [
        'status.uncountedTerminatedPods.failed[0]: Duplicate value: "b"',
        'status.uncountedTerminatedPods.failed[1]: Invalid value: "": must not be empty',
      ],
    },
    {
      name: 'more ready than there are',
      status: { active: 1, ready: 2 },
      want: ['status.ready: Invalid value: 2: cannot set more ready pods than active'],
    },
    {
      name: 'a failure without its cause',
      status: { startTime: start, conditions: on('Failed') },
      want: [`${at} cannot set Failed=True condition without the FailureTarget=true condition`],
    },
    {
      name: 'a success without its cause, or its time',
      status: { startTime: start, conditions: on('Complete') },
      want: [
        'status.completionTime: Required value: completionTime is required for Complete jobs',
        `${at} cannot set Complete=True condition without the SuccessCriteriaMet=true condition`,
      ],
    },
    {
      name: 'both ends',
      status: { ...complete, conditions: on('Complete', 'SuccessCriteriaMet', 'Failed', 'FailureTarget') },
      want: [
        `${at} cannot set Complete=True and Failed=true conditions`,
        `${at} cannot set Complete=True and FailureTarget=true conditions`,
        `${at} cannot set SuccessCriteriaMet=True and Failed=true conditions`,
        `${at} cannot set SuccessCriteriaMet=True and FailureTarget=true conditions`,
      ],
    },
    {
      name: 'a completion of what is not complete',
      status: { startTime: start, completionTime: end },
      want: [
        `status.completionTime: Invalid value: "${end}": cannot set completionTime when there is no Complete=True condition`,
      ],
    },
    {
      name: 'an end before the start',
      status: { ...complete, startTime: end, completionTime: start },
      want: [`status.completionTime: Invalid value: "${start}": completionTime cannot be set before startTime`],
    },
    {
      name: 'what goes on after the end',
      status: {
        ...failed,
        startTime: undefined,
        active: 1,
        terminating: 1,
        uncountedTerminatedPods: { failed: ['a'] },
      },
      want: [
        'status.active: Invalid value: 1: active>0 is invalid for finished job',
        'status.startTime: Required value: startTime is required for finished job',
        'status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: uncountedTerminatedPods needs to be empty for finished job',
        'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job',
      ],
    },
    {
      name: 'an end that is taken back',
      old: failed,
      status: { startTime: start },
      want: [
        `${at} cannot disable the terminal Failed=True condition`,
        `${at} cannot disable the terminal FailureTarget=True condition`,
      ],
    },
    {
      name: 'counters that go back',
      old: { succeeded: 2, failed: 2 },
      status: { succeeded: 1, failed: 1 },
      want: [
        'status.failed: Invalid value: 1: cannot decrease the failed counter',
        'status.succeeded: Invalid value: 1: cannot decrease the succeeded counter',
      ],
    },
    {
      name: 'another completion time',
      old: complete,
      status: { ...complete, completionTime: '2026-01-01T00:02:00Z' },
      want: ['status.completionTime: Invalid value: "2026-01-01T00:02:00Z": completionTime cannot be mutated'],
    },
    {
      name: 'a start taken back',
      old: { startTime: start },
      status: {},
      want: ['status.startTime: Required value: startTime cannot be removed for unsuspended job'],
    },
    {
      name: 'a start taken back while it waits',
      spec: { suspend: true },
      old: { startTime: start },
      status: {},
      want: [],
    },
    { name: 'indexes', spec: indexed, status: { completedIndexes: '0-1,3', failedIndexes: '2' }, want: [] },
    {
      name: 'indexes without indexes',
      status: { completedIndexes: '0', failedIndexes: '1' },
      want: [
        'status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode',
        'status.failedIndexes: Invalid value: "1": cannot set non-null failedIndexes when backoffLimitPerIndex is null',
      ],
    },
    {
      name: 'indexes of both ends, and too large ones',
      spec: indexed,
      status: { completedIndexes: '0-2,9', failedIndexes: '2' },
      want: [
        'status.completedIndexes: Invalid value: "0-2,9": error parsing completedIndexes: too large index: "9"',
        'status.failedIndexes: Invalid value: "2": failedIndexes and completedIndexes overlap at index: 2',
      ],
    },
  ])('$name', ({ spec = {}, old = {}, status, want }) => {
    expect(validateJobStatus(job(status, spec), job(old, spec)).map(formatFieldError)).toEqual(want)
  })
})
