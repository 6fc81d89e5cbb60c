import type { Endpoints } from '@wherry/api'
import { deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aPod, aService, type PodShape } from '../../testing/index.ts'
import { planEndpoints } from './subsets.ts'

const webPod = (i: number, shape: PodShape = {}) =>
  aPod({ name: `p${i}`, uid: `u${i}`, node: 'n1', ip: `10.1.0.${i % 250}`, readySince: 1, ...shape })
const address = (i: number) => ({
  ip: `10.1.0.${i}`,
  nodeName: 'n1',
  targetRef: { kind: 'Pod', namespace: 'default', name: `p${i}`, uid: `u${i}` },
})

describe('the Endpoints of a Service', () => {
  it('tell ready pods from others and leave out those that are ending', () => {
    const pods = [webPod(2), webPod(1), webPod(3, { readySince: undefined }), webPod(4, { deleting: true })]
    expect(planEndpoints(aService({}, { team: 'a' }), pods, undefined)).toEqual({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        namespace: 'default',
        name: 'web',
        labels: { team: 'a', 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
      },
      subsets: [
        {
          addresses: [address(1), address(2)],
          notReadyAddresses: [address(3)],
          ports: [{ port: 8080, protocol: 'TCP' }],
        },
      ],
    })
  })

  it('hold every pod with an address when unready ones are published', () => {
    const service = aService({ publishNotReadyAddresses: true })
    const pods = [webPod(1, { readySince: undefined }), webPod(2, { deleting: true })]
    const { subsets } = planEndpoints(service, pods, undefined)
    expect(subsets?.map(({ addresses }) => addresses)).toEqual([[address(1), address(2)]])
  })

  it('of a headless Service without ports have a subset without ports', () => {
    const { subsets, metadata } = planEndpoints(aService({ clusterIP: 'None', ports: [] }), [webPod(1)], undefined)
    expect(subsets).toEqual([{ addresses: [address(1)] }])
    expect(metadata.labels?.['service.kubernetes.io/headless']).toBe('')
  })

  it('are empty, not absent, without pods', () => {
    expect(planEndpoints(aService(), [], undefined).subsets).toEqual([])
  })

  it('are cut at a thousand addresses, ready ones first, and say so', () => {
    const unready = Array.from({ length: 10 }, (_, i) => webPod(i, { readySince: undefined }))
    const ready = Array.from({ length: 995 }, (_, i) => webPod(i + 10))
    const { subsets, metadata } = planEndpoints(aService(), [...unready, ...ready], undefined)
    expect(subsets?.[0]?.addresses).toHaveLength(995)
    expect(subsets?.[0]?.notReadyAddresses).toHaveLength(5)
    expect(metadata.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' })
    const existing = deepFreeze<Endpoints>({ metadata: { ...metadata, resourceVersion: '7' } })
    const again = planEndpoints(aService(), [webPod(1)], existing)
    expect(again.metadata).toMatchObject({ resourceVersion: '7' })
    expect(again.metadata.annotations).toBeUndefined()
  })
})
