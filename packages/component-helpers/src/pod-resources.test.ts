import { describe, expect, it } from 'vitest'
import { aContainer, aPod } from '../testing/index.ts'
import { podLimits, podRequests, type Resources } from './pod-resources.ts'

const texts = (resources: Resources) =>
  Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, amount.toString()]))
const asking = (cpu: string, given = {}) => aContainer({ resources: { requests: { cpu } }, ...given })
const sidecar = { restartPolicy: 'Always' }

describe('podRequests', () => {
  it.each([
    { name: 'a pod that asks for nothing needs nothing', spec: {}, want: {} },
    { name: 'containers add up', spec: { containers: [asking('100m'), asking('1')] }, want: { cpu: '1100m' } },
    {
      name: 'the largest init container counts where it needs more',
      spec: { containers: [asking('1')], initContainers: [asking('500m'), asking('3')] },
      want: { cpu: '3' },
    },
    {
      name: 'sidecars run beside containers',
      spec: { containers: [asking('1')], initContainers: [asking('500m', sidecar)] },
      want: { cpu: '1500m' },
    },
    {
      name: 'an init container runs beside the sidecars before it only',
      spec: { containers: [asking('1')], initContainers: [asking('1', sidecar), asking('2'), asking('1', sidecar)] },
      want: { cpu: '3' },
    },
    {
      name: 'overhead comes on top',
      spec: { containers: [asking('1')], overhead: { cpu: '250m' } },
      want: { cpu: '1250m' },
    },
    {
      name: 'what the pod itself asks for replaces what its containers ask for',
      spec: { containers: [asking('1')], resources: { requests: { cpu: '4', 'example.com/gpu': '1' } } },
      want: { cpu: '4' },
    },
  ])('$name', ({ spec, want }) => {
    expect(texts(podRequests(aPod({ spec })))).toEqual(want)
  })

  it('counts what a resize has not yet taken away', () => {
    const given = { name: 'main', ready: true, restartCount: 0, image: '', imageID: '' }
    const status = { containerStatuses: [{ ...given, allocatedResources: { cpu: '2' } }] }
    const pod = aPod({ spec: { containers: [asking('1')] }, status })
    expect(texts(podRequests(pod, { useStatusResources: true }))).toEqual({ cpu: '2' })
    expect(texts(podRequests(pod))).toEqual({ cpu: '1' })
  })
})

describe('podLimits', () => {
  it('adds overhead only where the containers are limited', () => {
    const containers = [aContainer({ resources: { limits: { cpu: '1' } } })]
    const pod = aPod({ spec: { containers, overhead: { cpu: '250m', memory: '1Gi' } } })
    expect(texts(podLimits(pod))).toEqual({ cpu: '1250m' })
  })
})
