import type { Pod, PodSpec } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { validatePodStatusUpdate } from './status.ts'
import { validatePodUpdate } from './update.ts'

const podWith = (spec: Partial<PodSpec>): Pod => ({
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'app:1' }], terminationGracePeriodSeconds: 30, ...spec },
})
const errorsOf = (spec: Partial<PodSpec>, old: Partial<PodSpec> = {}) =>
  validatePodUpdate(podWith(spec), podWith(old)).map(formatFieldError)

const toleration = { key: 'a', operator: 'Exists', effect: 'NoExecute' }

describe('an update of a pod', () => {
  it.each<{ name: string; old?: Partial<PodSpec>; spec: Partial<PodSpec> }>([
    { name: 'nothing', spec: {} },
    { name: 'an image', spec: { containers: [{ name: 'c', image: 'app:2' }] } },
    { name: 'a first deadline', spec: { activeDeadlineSeconds: 10 } },
    { name: 'a shorter deadline', old: { activeDeadlineSeconds: 10 }, spec: { activeDeadlineSeconds: 5 } },
    {
      name: 'one more toleration',
      old: { tolerations: [toleration] },
      spec: { tolerations: [toleration, { key: 'b', operator: 'Exists' }] },
    },
    {
      name: 'how long a toleration holds',
      old: { tolerations: [{ ...toleration, tolerationSeconds: 300 }] },
      spec: { tolerations: [{ ...toleration, tolerationSeconds: 5 }] },
    },
    {
      name: 'one gate less',
      old: { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
      spec: { schedulingGates: [{ name: 'b' }] },
    },
    {
      name: 'a narrower node selector while it is gated',
      old: { schedulingGates: [{ name: 'a' }] },
      spec: { schedulingGates: [{ name: 'a' }], nodeSelector: { zone: 'a' } },
    },
  ])('may change $name', ({ spec, old = {} }) => {
    expect(errorsOf(spec, old)).toEqual([])
  })

  it.each<{ name: string; old?: Partial<PodSpec>; spec: Partial<PodSpec>; want: string }>([
    {
      name: 'its containers',
      spec: { containers: [] },
      want: 'spec.containers: Forbidden: pod updates may not add or remove containers',
    },
    {
      name: 'a deadline to a later one',
      old: { activeDeadlineSeconds: 5 },
      spec: { activeDeadlineSeconds: 10 },
      want: 'spec.activeDeadlineSeconds: Invalid value: 10: must be less than or equal to previous value',
    },
    {
      name: 'a toleration',
      old: { tolerations: [toleration] },
      spec: { tolerations: [] },
      want: 'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    },
    {
      name: 'its gates to more',
      old: { schedulingGates: [{ name: 'a' }] },
      spec: { schedulingGates: [{ name: 'a' }, { name: 'b' }] },
      want: "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'b'",
    },
  ])('may not change $name', ({ spec, old = {}, want }) => {
    expect(errorsOf(spec, old)).toEqual([want])
  })

  it('may not make a mirror of it', () => {
    const mirror: Pod = podWith({})
    mirror.metadata.annotations = { 'kubernetes.io/config.mirror': 'x' }
    const field = 'metadata.annotations[kubernetes.io/config.mirror]'
    expect(validatePodUpdate(mirror, podWith({})).map(formatFieldError)).toEqual([
      `${field}: Forbidden: may not add mirror pod annotation`,
    ])
  })

  it('names what may change, and what did', () => {
    const [error = ''] = errorsOf({ hostname: 'other' }, { nodeSelector: { zone: 'a' } })
    expect(error).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,/,
    )
    expect(error).toContain('+ hostname: "other"')
    expect(error).toContain('- nodeSelector: {"zone":"a"}')
  })
})

describe('a status update of a pod', () => {
  const ended = (exitCode: number) => [
    { name: 'c', ready: false, restartCount: 0, image: '', imageID: '', state: { terminated: { exitCode } } },
  ]
  const running = [{ name: 'c', ready: true, restartCount: 1, image: '', imageID: '', state: { running: {} } }]
  const change = (restartPolicy: string, exitCode: number) => {
    const pod = (containerStatuses: typeof running | ReturnType<typeof ended>): Pod => ({
      ...podWith({ restartPolicy }),
      status: { phase: 'Running', containerStatuses },
    })
    return validatePodStatusUpdate(pod(running), pod(ended(exitCode))).map(formatFieldError)
  }
  const forbidden = ['status.containerStatuses[0].state: Forbidden: may not be transitioned to non-terminated state']

  it.each([
    { restartPolicy: 'Always', exitCode: 0, want: [] },
    { restartPolicy: 'OnFailure', exitCode: 1, want: [] },
    { restartPolicy: 'OnFailure', exitCode: 0, want: forbidden },
    { restartPolicy: 'Never', exitCode: 1, want: forbidden },
  ])(
    'restarts a container with $restartPolicy after exit code $exitCode: $want',
    ({ restartPolicy, exitCode, want }) => {
      expect(change(restartPolicy, exitCode)).toEqual(want)
    },
  )

  it('keeps the class of the pod', () => {
    const pod = (qosClass: string): Pod => ({ ...podWith({}), status: { qosClass } })
    const errors = validatePodStatusUpdate(pod('Guaranteed'), pod('BestEffort')).map(formatFieldError)
    expect(errors).toEqual(['status.qosClass: Invalid value: "Guaranteed": field is immutable'])
  })
})
