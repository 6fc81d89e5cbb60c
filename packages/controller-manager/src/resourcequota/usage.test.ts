import type { PersistentVolumeClaim, Pod, ResourceQuota, Service } from '@wherry/api'
import { type DeepReadonly, deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { usageOf } from './usage.ts'

function aPod(spec: Partial<Pod['spec'] & {}> = {}, phase = 'Running', cpu?: string): DeepReadonly<Pod> {
  const resources = cpu ? { requests: { cpu, memory: '1Gi' }, limits: { cpu: '1' } } : {}
  return deepFreeze<Pod>({
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
    status: { phase },
  })
}

function usage(
  spec: ResourceQuota['spec'],
  {
    pods = [],
    services = [],
    claims = [],
    counts = {},
  }: {
    pods?: DeepReadonly<Pod>[]
    services?: Service[]
    claims?: PersistentVolumeClaim[]
    counts?: Record<string, number>
  } = {},
) {
  const quota = deepFreeze<ResourceQuota>({ metadata: { name: 'q' }, spec })
  return usageOf({ quota, pods, services, claims, counts: new Map(Object.entries(counts)) })
}

const hard = (...names: string[]) => Object.fromEntries(names.map((name) => [name, '10']))

describe('the usage of a quota', () => {
  it('adds up the requests and limits of pods that have not ended', () => {
    const pods = [aPod({}, 'Running', '500m'), aPod({}, 'Pending', '250m'), aPod({}, 'Succeeded', '4')]
    const names = hard('pods', 'count/pods', 'cpu', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory')
    expect(usage({ hard: names }, { pods })).toEqual({
      pods: '2',
      'count/pods': '3',
      cpu: '750m',
      'requests.cpu': '750m',
      'requests.memory': '2Gi',
      'limits.cpu': '2',
      'limits.memory': '0',
    })
  })

  it('counts objects, under their short names too', () => {
    const counts = { configmaps: 3, 'deployments.apps': 2 }
    expect(
      usage({ hard: hard('configmaps', 'count/configmaps', 'count/deployments.apps', 'secrets') }, { counts }),
    ).toEqual({
      configmaps: '3',
      'count/configmaps': '3',
      'count/deployments.apps': '2',
      secrets: '0',
    })
  })

  it('counts node ports and load balancers', () => {
    const ports = [{ port: 80 }, { port: 81 }]
    const services: Service[] = ['ClusterIP', 'NodePort', 'LoadBalancer'].map((type) => ({
      metadata: {},
      spec: { type, ports },
    }))
    expect(usage({ hard: hard('services.nodeports', 'services.loadbalancers') }, { services })).toEqual({
      'services.nodeports': '4',
      'services.loadbalancers': '1',
    })
  })

  it('adds up storage, of all classes and of one', () => {
    const claims = ['fast', 'slow'].map(
      (storageClassName): PersistentVolumeClaim => ({
        metadata: {},
        spec: { storageClassName, resources: { requests: { storage: '5Gi' } } },
      }),
    )
    const fast = 'fast.storageclass.storage.k8s.io'
    expect(
      usage(
        { hard: hard('requests.storage', `${fast}/requests.storage`, `${fast}/persistentvolumeclaims`) },
        { claims },
      ),
    ).toEqual({
      'requests.storage': '10Gi',
      [`${fast}/requests.storage`]: '5Gi',
      [`${fast}/persistentvolumeclaims`]: '1',
    })
  })

  it.each([
    { scopes: ['BestEffort'], want: '2' },
    { scopes: ['NotBestEffort'], want: '1' },
    { scopes: ['Terminating'], want: '1' },
    { scopes: ['NotTerminating', 'BestEffort'], want: '1' },
  ])('counts pods in the scopes $scopes alone', ({ scopes, want }) => {
    const pods = [aPod(), aPod({ activeDeadlineSeconds: 5 }), aPod({}, 'Running', '1')]
    expect(usage({ hard: hard('pods'), scopes }, { pods })).toEqual({ pods: want })
  })

  it('counts pods of a priority', () => {
    const pods = [aPod({ priorityClassName: 'high' }), aPod({ priorityClassName: 'low' }), aPod()]
    const count = (operator: string, ...values: string[]) =>
      usage(
        { hard: hard('pods'), scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] } },
        { pods },
      ).pods
    expect([count('In', 'high'), count('NotIn', 'high'), count('Exists'), count('DoesNotExist')]).toEqual([
      '1',
      '2',
      '2',
      '1',
    ])
  })
})
