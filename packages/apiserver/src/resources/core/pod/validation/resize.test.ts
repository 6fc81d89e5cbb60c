import type { Container, Pod, PodSpec } from '@wherry/api'
import { deepFreeze, formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { setPodDefaults } from '../defaults.ts'
import { validateResize } from './resize.ts'

function aPod(container: Partial<Container>, spec: Partial<PodSpec> = {}, rest: Partial<Pod> = {}): Pod {
  const pod: Pod = {
    metadata: { name: 'p' },
    ...rest,
    spec: { containers: [{ name: 'c', image: 'a:1', ...container }], ...spec },
  }
  setPodDefaults(pod)
  deepFreeze(pod)
  return pod
}
const asking = (cpu: string, memory = '1Gi') => ({ resources: { requests: { cpu, memory } } })

describe('a resize of a pod', () => {
  it.each<{ name: string; old: Pod; now: Pod; want: string[] }>([
    { name: 'to more', old: aPod(asking('1')), now: aPod(asking('2')), want: [] },
    {
      name: 'of another class',
      old: aPod(asking('1'), {}, { status: { qosClass: 'Burstable' } }),
      now: aPod({ resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } } }),
      want: ['spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing'],
    },
    {
      name: 'to none',
      old: aPod(asking('1')),
      now: aPod({ resources: { requests: { cpu: '1' } } }),
      want: ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'],
    },
    {
      name: 'of another image',
      old: aPod(asking('1')),
      now: aPod({ ...asking('2'), image: 'a:2' }),
      want: ['spec: Forbidden: only cpu and memory resources are mutable'],
    },
    {
      name: 'of other disks',
      old: aPod({ resources: { requests: { cpu: '1', 'ephemeral-storage': '1Gi' } } }),
      now: aPod({ resources: { requests: { cpu: '1', 'ephemeral-storage': '2Gi' } } }),
      want: ['spec: Forbidden: only cpu and memory resources are mutable'],
    },
    {
      name: 'of another restart policy',
      old: aPod(asking('1')),
      now: aPod(asking('1'), { restartPolicy: 'Never' }),
      want: ['spec: Forbidden: only cpu and memory resources are mutable'],
    },
    {
      name: 'of what starts first',
      old: aPod(asking('1'), { initContainers: [{ name: 'i', image: 'a:1', ...asking('1') }] }),
      now: aPod(asking('1'), { initContainers: [{ name: 'i', image: 'a:1', ...asking('2') }] }),
      want: ['spec: Forbidden: resources for non-sidecar init containers are immutable'],
    },
    {
      name: 'with one container more',
      old: aPod(asking('1')),
      now: aPod(asking('1'), { initContainers: [{ name: 'i', image: 'a:1' }] }),
      want: ['spec: Forbidden: pod resize may not add or remove containers'],
    },
    {
      name: 'on windows',
      old: aPod(asking('1'), { os: { name: 'windows' } }),
      now: aPod(asking('2'), { os: { name: 'windows' } }),
      want: ['[]: Forbidden: windows pods cannot be resized'],
    },
    {
      name: 'of a static pod',
      old: aPod(asking('1'), {}, { metadata: { name: 'p', annotations: { 'kubernetes.io/config.mirror': 'x' } } }),
      now: aPod(asking('2')),
      want: ['[]: Forbidden: static pods cannot be resized'],
    },
  ])('$name', ({ old, now, want }) => {
    expect(validateResize(now, old).map(formatFieldError)).toEqual(want)
  })
})
