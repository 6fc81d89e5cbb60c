import { describe, expect, it } from 'vitest'
import { aContainer, aPod } from '../testing/index.ts'
import { qosClass } from './qos-class.ts'

const both = { cpu: '1', memory: '1Gi' }
const container = (requests?: Record<string, string>, limits?: Record<string, string>) =>
  aContainer({ resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) } })

describe('qosClass', () => {
  it.each([
    { name: 'nothing asked for', containers: [container()], want: 'BestEffort' },
    { name: 'zero asked for', containers: [container({ cpu: '0' })], want: 'BestEffort' },
    { name: 'other resources only', containers: [container({ 'example.com/gpu': '1' })], want: 'BestEffort' },
    { name: 'some asked for', containers: [container({ cpu: '1' })], want: 'Burstable' },
    { name: 'all limited and asked for', containers: [container(both, both)], want: 'Guaranteed' },
    {
      name: 'the same in other words',
      containers: [container({ cpu: '1000m', memory: '1024Mi' }, both)],
      want: 'Guaranteed',
    },
    {
      name: 'less asked for than the limit',
      containers: [container({ ...both, cpu: '500m' }, both)],
      want: 'Burstable',
    },
    { name: 'one container without limits', containers: [container(both, both), container()], want: 'Burstable' },
    { name: 'memory without limit', containers: [container({ cpu: '1' }, { cpu: '1' })], want: 'Burstable' },
  ])('$name: $want', ({ containers, want }) => {
    expect(qosClass(aPod({ spec: { containers } }))).toBe(want)
  })

  it('counts init containers too', () => {
    const spec = { containers: [container(both, both)], initContainers: [container()] }
    expect(qosClass(aPod({ spec }))).toBe('Burstable')
  })

  it('goes by the pod’s own resources where it has some', () => {
    const spec = { containers: [container()], resources: { requests: both, limits: both } }
    expect(qosClass(aPod({ spec }))).toBe('Guaranteed')
  })
})
