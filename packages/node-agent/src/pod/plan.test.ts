import type { Container, PodSpec } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { aContainerSpec, anAttempt, anEnded, aPodObject } from '../../testing/builders.ts'
import type { ContainerStatus } from '../runtime/cri.ts'
import { type PlanInput, planContainers, restarts } from './plan.ts'

function plan(spec: Partial<PodSpec>, containers: ContainerStatus[], more: Partial<PlanInput> = {}) {
  const made = planContainers({
    pod: aPodObject(spec),
    containers,
    started: () => true,
    unhealthy: () => undefined,
    backoffLeft: () => 0,
    ...more,
  })
  return {
    start: made.start.map(({ container, attempt }) => `${container.name}/${attempt}`),
    kill: made.kill.map(({ id, why, restart }) => `${id} ${why}${restart ? ' restart' : ''}`),
    backOff: made.backOff.map(({ container, leftMs }) => `${container.name} ${leftMs}`),
    over: made.over,
  }
}

const nothing: ReturnType<typeof plan> = { start: [], kill: [], backOff: [], over: false }
const always: Container['restartPolicy'] = 'Always'
const initContainers = [aContainerSpec('i1'), aContainerSpec('side', { restartPolicy: always }), aContainerSpec('i2')]

describe('the plan for a pod', () => {
  it.each<{
    name: string
    spec?: Partial<PodSpec>
    has: ContainerStatus[]
    want: Partial<ReturnType<typeof plan>>
  }>([
    { name: 'starts what has never run', has: [], want: { start: ['main/0'] } },
    {
      name: 'starts all containers of a pod',
      spec: { containers: [aContainerSpec('a'), aContainerSpec('b')] },
      has: [anAttempt('a')],
      want: { start: ['b/0'] },
    },
    { name: 'leaves alone what runs', has: [anAttempt('main')], want: {} },
    { name: 'starts again what ended, by default', has: [anEnded('main', 0)], want: { start: ['main/1'] } },
    {
      name: 'starts again what failed, with OnFailure',
      spec: { restartPolicy: 'OnFailure' },
      has: [anEnded('main', 1, 4)],
      want: { start: ['main/5'] },
    },
    {
      name: 'is over when all have succeeded, with OnFailure',
      spec: { restartPolicy: 'OnFailure' },
      has: [anEnded('main', 0)],
      want: { over: true },
    },
    {
      name: 'is over when all have ended, with Never',
      spec: { restartPolicy: 'Never' },
      has: [anEnded('main', 1)],
      want: { over: true },
    },
    {
      name: 'waits for the others before it is over',
      spec: { restartPolicy: 'Never', containers: [aContainerSpec('a'), aContainerSpec('b')] },
      has: [anEnded('a', 1), anAttempt('b')],
      want: {},
    },
    {
      name: 'makes anew what was made but never ran',
      has: [anAttempt('main', { state: 'CONTAINER_CREATED', attempt: 2 })],
      want: { start: ['main/2'] },
    },
    { name: 'begins with the first init container', spec: { initContainers }, has: [], want: { start: ['i1/0'] } },
    { name: 'waits while an init container runs', spec: { initContainers }, has: [anAttempt('i1')], want: {} },
    {
      name: 'goes on with a sidecar, and no further',
      spec: { initContainers },
      has: [anEnded('i1', 0)],
      want: { start: ['side/0'] },
    },
    {
      name: 'goes on past a sidecar that has started',
      spec: { initContainers },
      has: [anEnded('i1', 0), anAttempt('side')],
      want: { start: ['i2/0'] },
    },
    {
      name: 'starts the containers after the last init container',
      spec: { initContainers },
      has: [anEnded('i1', 0), anAttempt('side'), anEnded('i2', 0)],
      want: { start: ['main/0'] },
    },
    {
      name: 'tries a failed init container again',
      spec: { initContainers },
      has: [anEnded('i1', 1)],
      want: { start: ['i1/1'] },
    },
    {
      name: 'is over when an init container failed, with Never',
      spec: { initContainers, restartPolicy: 'Never' },
      has: [anEnded('i1', 1)],
      want: { over: true },
    },
    {
      name: 'restarts a sidecar whatever the policy, without init containers',
      spec: { initContainers, restartPolicy: 'Never' },
      has: [anEnded('side', 0), anAttempt('main')],
      want: { start: ['side/1'] },
    },
    {
      name: 'is over though a sidecar runs',
      spec: { initContainers, restartPolicy: 'Never' },
      has: [anEnded('i1', 0), anAttempt('side'), anEnded('i2', 0), anEnded('main', 0)],
      want: { over: true },
    },
    {
      name: 'ends what has another image now',
      has: [anAttempt('main', { image: 'old' })],
      want: { kill: ['main-0 changed restart'] },
    },
    {
      name: 'starts again what had another image, even with Never',
      spec: { restartPolicy: 'Never' },
      has: [{ ...anEnded('main', 0), image: 'old' }],
      want: { start: ['main/1'] },
    },
  ])('$name', ({ spec = {}, has, want }) => {
    expect(plan(spec, has)).toEqual({ ...nothing, ...want })
  })

  it('waits for the back-off of what failed', () => {
    expect(plan({}, [anEnded('main', 1)], { backoffLeft: () => 7000 })).toEqual({ ...nothing, backOff: ['main 7000'] })
  })

  it.each([
    { restartPolicy: 'Always', want: ['main-0 liveness restart'] },
    { restartPolicy: 'Never', want: ['main-0 liveness'] },
  ])('ends what is not alive, with $restartPolicy', ({ restartPolicy, want }) => {
    expect(plan({ restartPolicy }, [anAttempt('main')], { unhealthy: () => 'liveness' }).kill).toEqual(want)
  })

  it('does not start containers beside a sidecar that has not started', () => {
    const side = [aContainerSpec('side', { restartPolicy: 'Always' })]
    expect(plan({ initContainers: side }, [anAttempt('side')], { started: () => false })).toEqual(nothing)
  })

  it('runs an ephemeral container once', () => {
    const ephemeralContainers = [{ ...aContainerSpec('debug') }]
    expect(plan({ ephemeralContainers }, [anAttempt('main')]).start).toEqual(['debug/0'])
    expect(plan({ ephemeralContainers }, [anAttempt('main'), anEnded('debug', 1)]).start).toEqual([])
  })
})

describe('a container that ended', () => {
  const rule = (operator: string, values: number[]) => [{ action: 'Restart', exitCodes: { operator, values } }]
  it.each([
    {
      name: 'by a rule that names its code',
      container: { restartPolicyRules: rule('In', [42]) },
      code: 42,
      want: true,
    },
    {
      name: 'by a rule that names others',
      container: { restartPolicyRules: rule('NotIn', [1]) },
      code: 42,
      want: true,
    },
    {
      name: 'not by a rule for other codes',
      container: { restartPolicyRules: rule('In', [1]) },
      code: 42,
      want: false,
    },
    { name: 'by its own policy', container: { restartPolicy: 'OnFailure' }, code: 1, want: true },
    {
      name: "not by its own policy against the pod's",
      container: { restartPolicy: 'OnFailure' },
      code: 0,
      want: false,
    },
  ])('is restarted $name', ({ container, code, want }) => {
    const spec = aContainerSpec('main', container)
    expect(restarts(aPodObject({ restartPolicy: 'Never', containers: [spec] }), spec, code)).toBe(want)
  })
})
