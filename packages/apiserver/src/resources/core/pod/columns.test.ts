import type { ContainerStatus, Pod } from '@wherry/api'
import { formatTime } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { podColumns } from './columns.ts'

const now = 1_767_225_600_000
const ago = (seconds: number) => formatTime(now - seconds * 1000)
const status = (given: Partial<ContainerStatus>): ContainerStatus => ({
  name: 'c',
  ready: false,
  restartCount: 0,
  image: '',
  imageID: '',
  ...given,
})
const running = status({ ready: true, state: { running: {} } })
const ended = (exitCode: number, reason?: string) =>
  status({ state: { terminated: { exitCode, ...(reason ? { reason } : {}) } } })
const waiting = (reason: string) => status({ state: { waiting: { reason } } })

const row = (pod: Partial<Pod>, names: string[]) => {
  const full: Pod = {
    metadata: { name: 'p', creationTimestamp: ago(300) },
    spec: { containers: [{ name: 'c' }] },
    ...pod,
  }
  return names.map((name) => podColumns.find((column) => column.name === name)?.value(full, now))
}

describe('the table of pods', () => {
  it('has kubectl’s columns', () => {
    expect(podColumns.map(({ name, priority = 0 }) => `${name}${priority ? '*' : ''}`)).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP*',
      'Node*',
      'Nominated Node*',
      'Readiness Gates*',
    ])
  })

  it.each([
    { name: 'a pod that waits for a node', status: { phase: 'Pending' }, want: ['0/1', 'Pending', '0'] },
    {
      name: 'a running pod',
      status: { phase: 'Running', containerStatuses: [running] },
      want: ['1/1', 'Running', '0'],
    },
    {
      name: 'a container in back-off',
      status: {
        phase: 'Running',
        containerStatuses: [
          status({
            restartCount: 3,
            state: { waiting: { reason: 'CrashLoopBackOff' } },
            lastState: { terminated: { exitCode: 1, finishedAt: ago(300) } },
          }),
        ],
      },
      want: ['0/1', 'CrashLoopBackOff', '3 (5m ago)'],
    },
    {
      name: 'an image that does not come',
      status: { phase: 'Pending', containerStatuses: [waiting('ErrImagePull')] },
      want: ['0/1', 'ErrImagePull', '0'],
    },
    {
      name: 'a pod that is done',
      status: { phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] },
      want: ['0/1', 'Completed', '0'],
    },
    {
      name: 'a container that failed without a reason',
      status: { phase: 'Failed', containerStatuses: [ended(3)] },
      want: ['0/1', 'ExitCode:3', '0'],
    },
    {
      name: 'a pod that was thrown off its node',
      status: { phase: 'Failed', reason: 'Evicted' },
      want: ['0/1', 'Evicted', '0'],
    },
    {
      name: 'a pod with scheduling gates',
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] },
      want: ['0/1', 'SchedulingGated', '0'],
    },
  ])('shows $name', ({ status: podStatus, want }) => {
    expect(row({ status: podStatus }, ['Ready', 'Status', 'Restarts'])).toEqual(want)
  })

  describe('of a pod with init containers', () => {
    const spec = { containers: [{ name: 'c' }], initContainers: [{ name: 'a' }, { name: 'b' }] }
    const init = (...statuses: ContainerStatus[]) => ({ phase: 'Pending', initContainerStatuses: statuses })

    it.each([
      { name: 'which are done', status: init(ended(0), ended(0)), want: 'Pending' },
      { name: 'of which one is done', status: init(ended(0), status({ state: { running: {} } })), want: 'Init:1/2' },
      { name: 'of which one failed', status: init(ended(2, 'Error')), want: 'Init:Error' },
      {
        name: 'of which one was killed',
        status: init(status({ state: { terminated: { exitCode: 137, signal: 9 } } })),
        want: 'Init:Signal:9',
      },
      { name: 'of which one is in back-off', status: init(waiting('CrashLoopBackOff')), want: 'Init:CrashLoopBackOff' },
      { name: 'which have not begun', status: init(waiting('PodInitializing')), want: 'Init:0/2' },
    ])('says how far those are $name', ({ status: podStatus, want }) => {
      expect(row({ spec, status: podStatus }, ['Status'])).toEqual([want])
    })

    it('counts sidecars as containers', () => {
      const sidecar = { name: 'a', restartPolicy: 'Always' }
      const podStatus = {
        phase: 'Running',
        initContainerStatuses: [
          status({ name: 'a', ready: true, started: true, restartCount: 2, state: { running: {} } }),
        ],
        containerStatuses: [running],
      }
      const pod = { spec: { containers: [{ name: 'c' }], initContainers: [sidecar] }, status: podStatus }
      expect(row(pod, ['Ready', 'Status', 'Restarts'])).toEqual(['2/2', 'Running', '2'])
    })
  })

  it('shows that a pod is being deleted', () => {
    const metadata = { name: 'p', deletionTimestamp: ago(1) }
    expect(row({ metadata, status: { phase: 'Running', containerStatuses: [running] } }, ['Status'])).toEqual([
      'Terminating',
    ])
    expect(row({ metadata, status: { phase: 'Running', reason: 'NodeLost' } }, ['Status'])).toEqual(['Unknown'])
    expect(
      row({ metadata, status: { phase: 'Succeeded', containerStatuses: [ended(0, 'Completed')] } }, ['Status']),
    ).toEqual(['Completed'])
  })

  it('shows where the pod is, with wide output', () => {
    const pod = {
      spec: { containers: [], nodeName: 'n', readinessGates: [{ conditionType: 'x' }, { conditionType: 'y' }] },
      status: { podIPs: [{ ip: '10.0.0.7' }], conditions: [{ type: 'x', status: 'True' }] },
    }
    expect(row(pod, ['Age', 'IP', 'Node', 'Nominated Node', 'Readiness Gates'])).toEqual([
      '5m',
      '10.0.0.7',
      'n',
      '<none>',
      '1/2',
    ])
    expect(row({}, ['IP', 'Node', 'Readiness Gates'])).toEqual(['<none>', '<none>', '<none>'])
  })
})
