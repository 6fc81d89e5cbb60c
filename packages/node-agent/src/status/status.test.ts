import type { ContainerStatus, PodSpec } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { aContainerSpec, anAttempt, anEnded, aPodObject, aStatus } from '../../testing/builders.ts'
import { podConditions } from './conditions.ts'
import { podPhase } from './phase.ts'
import { type PodStatusInput, podStatus } from './pod-status.ts'
import { statusPatch } from './status-patch.ts'

const running = { running: { startedAt: '1970-01-01T00:00:02Z' } }
const waiting = { waiting: { reason: 'ContainerCreating' } }
const ended = (exitCode: number) => ({ terminated: { exitCode } })
const side = aContainerSpec('side', { restartPolicy: 'Always' })

describe('the phase of a pod', () => {
  it.each<{
    name: string
    spec?: Partial<PodSpec>
    statuses: ContainerStatus[]
    terminal?: boolean
    initialized?: boolean
    want: string
  }>([
    { name: 'nothing runs yet', statuses: [aStatus('main', waiting)], want: 'Pending' },
    { name: 'a container is not known', statuses: [], want: 'Pending' },
    { name: 'it runs', statuses: [aStatus('main', running)], want: 'Running' },
    {
      name: 'one runs and one waits',
      spec: { containers: [aContainerSpec('a'), aContainerSpec('b')] },
      statuses: [aStatus('a', running), aStatus('b', waiting)],
      want: 'Pending',
    },
    { name: 'it ended and will be restarted', statuses: [aStatus('main', ended(1))], want: 'Running' },
    { name: 'it backs off', statuses: [aStatus('main', waiting, { lastState: ended(1) })], want: 'Running' },
    {
      name: 'it succeeded, with OnFailure',
      spec: { restartPolicy: 'OnFailure' },
      statuses: [aStatus('main', ended(0))],
      want: 'Succeeded',
    },
    {
      name: 'it failed, with OnFailure',
      spec: { restartPolicy: 'OnFailure' },
      statuses: [aStatus('main', ended(1))],
      want: 'Running',
    },
    {
      name: 'it failed, with Never',
      spec: { restartPolicy: 'Never' },
      statuses: [aStatus('main', ended(1))],
      want: 'Failed',
    },
    {
      name: 'it was ended for good and succeeded',
      statuses: [aStatus('main', ended(0))],
      terminal: true,
      want: 'Succeeded',
    },
    {
      name: 'it was ended for good and failed',
      statuses: [aStatus('main', ended(137))],
      terminal: true,
      want: 'Failed',
    },
    {
      name: 'an init container runs',
      spec: { initContainers: [aContainerSpec('i')] },
      statuses: [aStatus('i', running), aStatus('main', waiting)],
      want: 'Pending',
    },
    {
      name: 'an init container failed, with Never',
      spec: { restartPolicy: 'Never', initContainers: [aContainerSpec('i')] },
      statuses: [aStatus('i', ended(1)), aStatus('main', waiting)],
      want: 'Failed',
    },
    {
      name: 'a sidecar has not started',
      spec: { initContainers: [side] },
      statuses: [aStatus('side', running, { started: false }), aStatus('main', running)],
      want: 'Pending',
    },
    {
      name: 'a sidecar restarts later on',
      spec: { initContainers: [side] },
      statuses: [aStatus('side', running, { started: false }), aStatus('main', running)],
      initialized: true,
      want: 'Running',
    },
    {
      name: 'only a sidecar still runs',
      spec: { restartPolicy: 'Never', initContainers: [side] },
      statuses: [aStatus('side', running, { started: true }), aStatus('main', ended(0))],
      initialized: true,
      want: 'Running',
    },
  ])('is $want when $name', ({ spec = {}, statuses, terminal = false, initialized = false, want }) => {
    expect(podPhase({ pod: aPodObject(spec), statuses, terminal, initialized })).toBe(want)
  })
})

describe('the conditions of a pod', () => {
  const of = (spec: Partial<PodSpec>, statuses: ContainerStatus[], phase: string, status = {}) => {
    const conditions = podConditions({
      pod: aPodObject(spec, status),
      phase,
      statuses,
      sandboxReady: true,
      now: 60_000,
    })
    return Object.fromEntries(conditions.map(({ type, ...rest }) => [type, rest]))
  }

  it('name the containers that are not ready', () => {
    const conditions = of(
      { containers: [aContainerSpec('a'), aContainerSpec('b')] },
      [aStatus('a', running, { ready: true }), aStatus('b', running)],
      'Running',
    )
    expect(conditions.Ready).toMatchObject({
      status: 'False',
      reason: 'ContainersNotReady',
      message: 'containers with unready status: [b]',
    })
    expect(conditions.Initialized).toMatchObject({ status: 'True' })
  })

  it('name the init containers that are not through', () => {
    const conditions = of(
      { initContainers: [aContainerSpec('i'), aContainerSpec('j')] },
      [aStatus('i', ended(0), { ready: true }), aStatus('j', running)],
      'Pending',
    )
    expect(conditions.Initialized).toMatchObject({
      status: 'False',
      reason: 'ContainersNotInitialized',
      message: 'containers with incomplete status: [j]',
    })
  })

  it('wait for readiness gates', () => {
    const spec = { readinessGates: [{ conditionType: 'example.com/lb' }] }
    const statuses = [aStatus('main', running, { ready: true })]
    expect(of(spec, statuses, 'Running').Ready).toMatchObject({
      status: 'False',
      reason: 'ReadinessGatesNotReady',
      message: 'corresponding condition of pod readiness gate "example.com/lb" does not exist.',
    })
    const gate = { conditions: [{ type: 'example.com/lb', status: 'True' }] }
    expect(of(spec, statuses, 'Running', gate).Ready).toMatchObject({ status: 'True' })
  })

  it.each([
    { phase: 'Succeeded', reason: 'PodCompleted' },
    { phase: 'Failed', reason: 'PodFailed' },
  ])('say $reason of a pod that is $phase', ({ phase, reason }) => {
    expect(of({}, [aStatus('main', ended(0))], phase).Ready).toMatchObject({ status: 'False', reason })
  })

  it('keep their time while their status stays', () => {
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }]
    const status = { conditions }
    expect(of({}, [aStatus('main', running, { ready: true })], 'Running', status).Ready?.lastTransitionTime).toBe(
      '2026-01-01T00:00:00Z',
    )
    expect(of({}, [aStatus('main', running)], 'Running', status).Ready?.lastTransitionTime).toBe('1970-01-01T00:01:00Z')
  })
})

describe('the status of a pod', () => {
  const status = (more: Partial<PodStatusInput>) =>
    podStatus({
      pod: aPodObject(),
      containers: [],
      runtimeName: 'host',
      waiting: new Map(),
      messages: new Map(),
      ready: () => true,
      started: () => true,
      podIP: '127.1.1.1',
      hostIP: '127.0.0.1',
      sandboxReady: true,
      now: 60_000,
      startTime: 1000,
      end: undefined,
      ...more,
    })

  it('tells of a container that runs and of how it ended before', () => {
    const containers = [anAttempt('main', { attempt: 1 }), anEnded('main', 3)]
    expect(status({ containers, messages: new Map([['main-0', 'why']]) }).containerStatuses).toEqual([
      {
        name: 'main',
        state: { running: { startedAt: '1970-01-01T00:00:02Z' } },
        lastState: {
          terminated: {
            exitCode: 3,
            reason: 'Error',
            message: 'why',
            startedAt: '1970-01-01T00:00:02Z',
            finishedAt: '1970-01-01T00:00:03Z',
            containerID: 'host://main-0',
          },
        },
        ready: true,
        started: true,
        restartCount: 1,
        image: 'shell',
        imageID: '',
        containerID: 'host://main-1',
      },
    ])
  })

  it('tells what a container waits for, and how it ended', () => {
    const waitingFor = new Map([['main', { reason: 'CrashLoopBackOff', message: 'back-off' }]])
    const [main] = status({ containers: [anEnded('main', 1, 2)], waiting: waitingFor }).containerStatuses ?? []
    expect(main).toMatchObject({
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
      lastState: { terminated: { exitCode: 1 } },
      restartCount: 2,
      ready: false,
    })
  })

  it.each([
    { initContainers: [], want: 'ContainerCreating' },
    { initContainers: [aContainerSpec('i')], want: 'PodInitializing' },
  ])('says $want before anything runs', ({ initContainers, want }) => {
    expect(status({ pod: aPodObject({ initContainers }) }).containerStatuses?.[0]?.state?.waiting?.reason).toBe(want)
  })

  it('does not go back from an end', () => {
    const pod = aPodObject({}, { phase: 'Failed', reason: 'Evicted' })
    expect(status({ pod, containers: [anAttempt('main')] })).toMatchObject({ phase: 'Failed', reason: 'Evicted' })
  })

  it('keeps what the API has of a container that the runtime has forgotten', () => {
    const old = aStatus('main', { terminated: { exitCode: 4 } }, { containerID: 'host://x', restartCount: 2 })
    const pod = aPodObject({}, { containerStatuses: [old] })
    expect(status({ pod, end: {} }).containerStatuses?.[0]).toMatchObject({
      state: old.state,
      containerID: 'host://x',
      restartCount: 2,
    })
  })

  it('says so of a container that was never found', () => {
    expect(status({ end: {} }).containerStatuses?.[0]?.state?.terminated).toMatchObject({
      exitCode: 137,
      reason: 'ContainerStatusUnknown',
    })
    expect(status({ end: {} }).phase).toBe('Failed')
  })

  it('is short when the node refused the pod', () => {
    const end = { phase: 'Failed' as const, reason: 'OutOfpods', message: 'no', rejected: true as const }
    expect(status({ end })).toEqual({
      observedGeneration: 1,
      phase: 'Failed',
      reason: 'OutOfpods',
      message: 'no',
      qosClass: 'BestEffort',
    })
  })
})

describe('the patch of a status', () => {
  it('is none when nothing differs', () => {
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: 't' }]
    expect(
      statusPatch(
        { phase: 'Running', conditions },
        { phase: 'Running', conditions: [...conditions, { type: 'x/y', status: 'True' }] },
      ),
    ).toBeUndefined()
  })

  it('has what differs, and takes away what no longer holds', () => {
    const current = {
      phase: 'Pending',
      podIP: '1',
      conditions: [{ type: 'Ready', status: 'False', reason: 'R', message: 'M' }],
    }
    expect(
      statusPatch({ phase: 'Running', hostIP: '2', conditions: [{ type: 'Ready', status: 'True' }] }, current),
    ).toEqual({
      phase: 'Running',
      hostIP: '2',
      podIP: null,
      conditions: [{ type: 'Ready', status: 'True', reason: null, message: null }],
    })
  })

  it('replaces lists of addresses', () => {
    expect(statusPatch({ podIPs: [{ ip: '2' }] }, { podIPs: [{ ip: '1' }] })).toEqual({
      podIPs: [{ ip: '2' }, { $patch: 'replace' }],
    })
  })
})
