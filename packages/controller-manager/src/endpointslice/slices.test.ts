import type { EndpointSlice, Node, Pod } from '@wherry/api'
import { type DeepReadonly, deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { aNode, aPod, aService, type PodShape } from '../../testing/index.ts'
import type { ServiceView } from './pod-endpoints.ts'
import { planSlices, type SlicePlan } from './slices.ts'

const webPod = (i: number, shape: PodShape = {}) =>
  aPod({ name: `p${i}`, uid: `u${i}`, node: 'n1', ip: `10.1.0.${i}`, readySince: 1, labels: { app: 'web' }, ...shape })
const n1 = aNode({ labels: { 'topology.kubernetes.io/zone': 'z1' } })

function plan(
  service: ServiceView,
  pods: DeepReadonly<Pod>[],
  slices: DeepReadonly<EndpointSlice>[] = [],
  nodeOf: (name: string) => DeepReadonly<Node> | undefined = () => n1,
  maxPerSlice = 3,
) {
  return planSlices({ service, pods, nodeOf, slices, maxPerSlice })
}

let stored = 0
/** Plays the server: slices as they are after the plan. */
function after(slices: DeepReadonly<EndpointSlice>[], { create, update, remove }: SlicePlan) {
  const gone = new Set(remove.map(({ metadata }) => metadata.name))
  const next = new Map(slices.filter(({ metadata }) => !gone.has(metadata.name)).map((s) => [s.metadata.name, s]))
  for (const slice of update) next.set(slice.metadata.name, deepFreeze(slice))
  for (const slice of create) {
    const name = `web-${stored++}`
    next.set(name, deepFreeze({ ...slice, metadata: { ...slice.metadata, name } }))
  }
  return [...next.values()]
}

describe('the slices of a Service', () => {
  it('hold its pods, with labels and an owner that tell whose they are', () => {
    const { create } = plan(aService({}, { team: 'a' }), [webPod(1)])
    expect(create).toEqual([
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          namespace: 'default',
          generateName: 'web-',
          labels: {
            team: 'a',
            'kubernetes.io/service-name': 'web',
            'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
          },
          ownerReferences: [
            {
              apiVersion: 'v1',
              kind: 'Service',
              name: 'web',
              uid: 'uid-svc',
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        addressType: 'IPv4',
        ports: [{ name: '', port: 8080, protocol: 'TCP' }],
        endpoints: [
          {
            addresses: ['10.1.0.1'],
            conditions: { ready: true, serving: true, terminating: false },
            nodeName: 'n1',
            targetRef: { kind: 'Pod', namespace: 'default', name: 'p1', uid: 'u1' },
            zone: 'z1',
          },
        ],
      },
    ])
  })

  it.each([
    { name: 'ready', pod: {}, service: {}, want: { ready: true, serving: true, terminating: false } },
    {
      name: 'not ready',
      pod: { readySince: undefined },
      service: {},
      want: { ready: false, serving: false, terminating: false },
    },
    {
      name: 'ending but still serving',
      pod: { deleting: true },
      service: {},
      want: { ready: false, serving: true, terminating: true },
    },
    {
      name: 'not ready, but published anyway',
      pod: { readySince: undefined },
      service: { publishNotReadyAddresses: true },
      want: { ready: true, serving: false, terminating: false },
    },
  ])('tell of a pod that is $name', ({ pod, service, want }) => {
    const [slice] = plan(aService(service), [webPod(1, pod)]).create
    expect(slice?.endpoints?.[0]?.conditions).toEqual(want)
  })

  it.each([
    { name: 'have ended', pod: webPod(1, { phase: 'Succeeded' }) },
    { name: 'have no address', pod: webPod(1, { ip: '' }) },
    { name: 'have an address of another family', pod: webPod(1, { ip: 'fd00::1' }) },
  ])('leave out pods that $name', ({ pod }) => {
    expect(plan(aService(), [pod]).create[0]?.endpoints).toEqual([])
  })

  it('leave out pods of unknown nodes, unless unready addresses are published', () => {
    expect(plan(aService(), [webPod(1)], [], () => undefined).create[0]?.endpoints).toEqual([])
    const service = aService({ publishNotReadyAddresses: true })
    expect(plan(service, [webPod(1)], [], () => undefined).create[0]?.endpoints).toHaveLength(1)
  })

  it('group pods by the ports that a named target port means in them', () => {
    const named = (i: number, containerPort: number): DeepReadonly<Pod> => ({
      ...webPod(i),
      spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'i', ports: [{ name: 'http', containerPort }] }] },
    })
    const service = aService({ ports: [{ name: 'web', port: 80, targetPort: 'http' }] })
    const { create } = plan(service, [named(1, 8080), named(2, 9090), named(3, 8080)])
    expect(create.map(({ ports, endpoints }) => [ports?.[0]?.port, endpoints?.length])).toEqual([
      [8080, 2],
      [9090, 1],
    ])
  })

  it('of a headless Service without ports have none, and say that it is headless', () => {
    const [slice] = plan(aService({ clusterIP: 'None', ports: [] }), [webPod(1)]).create
    expect(slice?.ports).toEqual([])
    expect(slice?.metadata.labels?.['service.kubernetes.io/headless']).toBe('')
  })

  it('exist once for every family', () => {
    const pod: DeepReadonly<Pod> = { ...webPod(1), status: { podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] } }
    const { create } = plan(aService({ ipFamilies: ['IPv4', 'IPv6'] }), [pod])
    expect(create.map(({ addressType, endpoints }) => [addressType, endpoints?.[0]?.addresses])).toEqual([
      ['IPv4', ['10.1.0.1']],
      ['IPv6', ['fd00::1']],
    ])
  })

  it('carry hints where the Service prefers what is near', () => {
    const zone = plan(aService({ trafficDistribution: 'PreferSameZone' }), [webPod(1)]).create[0]
    expect(zone?.endpoints?.[0]?.hints).toEqual({ forZones: [{ name: 'z1' }] })
    const node = plan(aService({ trafficDistribution: 'PreferSameNode' }), [webPod(1)]).create[0]
    expect(node?.endpoints?.[0]?.hints).toEqual({ forNodes: [{ name: 'n1' }], forZones: [{ name: 'z1' }] })
  })
})

describe('slices over time', () => {
  const service = aService()
  const pods = (...numbers: number[]) => numbers.map((i) => webPod(i))
  const counts = (slices: DeepReadonly<EndpointSlice>[]) => slices.map(({ endpoints }) => endpoints?.length)

  it('do not change when nothing has', () => {
    const slices = after([], plan(service, pods(1, 2, 3, 4)))
    expect(plan(service, pods(1, 2, 3, 4), slices)).toEqual({ create: [], update: [], remove: [] })
    expect(counts(slices)).toEqual([3, 1])
  })

  it('change in place when a pod does', () => {
    const slices = after([], plan(service, pods(1, 2)))
    const next = plan(service, [webPod(1), webPod(2, { readySince: undefined })], slices)
    expect([next.create.length, next.update.length, next.remove.length]).toEqual([0, 1, 0])
    expect(next.update[0]?.metadata.name).toBe(slices[0]?.metadata.name)
  })

  it('take new endpoints where there is room, and are made anew where there is none', () => {
    let slices = after([], plan(service, pods(1, 2, 3, 4)))
    const grown = plan(service, pods(1, 2, 3, 4, 5), slices)
    expect([grown.create.length, grown.update.length]).toEqual([0, 1])
    slices = after(slices, grown)
    const more = plan(service, pods(1, 2, 3, 4, 5, 6, 7), slices)
    slices = after(slices, more)
    expect(slices.flatMap(({ endpoints }) => endpoints ?? [])).toHaveLength(7)
    expect(Math.max(...slices.map(({ endpoints }) => endpoints?.length ?? 0))).toBe(3)
  })

  it('go when they are empty, but for one that says that there is nothing', () => {
    let slices = after([], plan(service, pods(1, 2, 3, 4)))
    slices = after(slices, plan(service, [], slices))
    expect(slices.map(({ endpoints, ports }) => [endpoints, ports])).toEqual([[[], []]])
    expect(plan(service, [], slices)).toEqual({ create: [], update: [], remove: [] })
    slices = after(slices, plan(service, pods(1), slices))
    expect(counts(slices)).toEqual([1])
  })

  it('follow the Service when its ports change, in as few writes as possible', () => {
    const slices = after([], plan(service, pods(1)))
    const other = aService({ ports: [{ port: 80, targetPort: 9090 }] })
    const next = plan(other, pods(1), slices)
    expect([next.create.length, next.update.length, next.remove.length]).toEqual([0, 1, 0])
    expect(next.update[0]).toMatchObject({ metadata: { name: slices[0]?.metadata.name }, ports: [{ port: 9090 }] })
  })

  it('of a family that the Service gave up go', () => {
    const slices = after([], plan(aService({ ipFamilies: ['IPv6'] }), pods(1)))
    const next = plan(service, pods(1), slices)
    expect(next.remove).toEqual(slices)
    expect(next.create).toHaveLength(1)
  })
})
