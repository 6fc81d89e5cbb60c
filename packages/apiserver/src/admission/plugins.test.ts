import { type KubeObject, type ResourceInfo, resources } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { describe, expect, it } from 'vitest'
import { type FakeBehaviours, fakeBehaviours } from '../../testing/fake-behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import type { AdmissionAttributes } from './admission.ts'
import { newAdmissionPlugins } from './plugins.ts'
import { Reinvocation } from './reinvocation.ts'

const user: UserInfo = { name: 'bob', groups: ['system:authenticated'] }
const node: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }
const active = { kind: 'Namespace', metadata: { name: 'default' }, status: { phase: 'Active' } }
const ending = { ...active, status: { phase: 'Terminating' } }
const account = { kind: 'ServiceAccount', metadata: { name: 'default', namespace: 'default' } }

interface Request extends Partial<Omit<AdmissionAttributes, 'resource'>> {
  readonly resource: string
  readonly group?: string
}

/** Takes one write through all plugins, as the registry does. */
async function admit({ resource, group = '', ...rest }: Request, behaviours: FakeBehaviours, allowed = true) {
  const authorizer = { authorize: () => ({ allowed, reason: '' }) }
  const clock = new FakeClock()
  const attributes: AdmissionAttributes = {
    operation: 'CREATE',
    resource: infoOf(group, resource),
    served: undefined,
    reinvocation: new Reinvocation(),
    subresource: '',
    namespace: 'default',
    name: rest.object?.metadata.name ?? '',
    object: undefined,
    old: undefined,
    user,
    dryRun: false,
    options: {},
    warn: () => {},
    ...rest,
  }
  const work = (async () => {
    const plugins = newAdmissionPlugins({ authorizer, clock, random: () => 0 })
    for (const plugin of plugins) await plugin.admit?.(attributes, behaviours)
    for (const plugin of plugins) await plugin.validate?.(attributes, behaviours)
  })()
  let over = false
  work.then(
    () => (over = true),
    () => (over = true),
  )
  while (!over) await clock.advance(100)
  await work
}

function infoOf(group: string, resource: string): ResourceInfo {
  const info = resources.find((one) => one.group === group && one.resource === resource)
  if (!info) throw new Error(`no resource ${resource}`)
  return info
}

interface SomePod extends KubeObject {
  spec: Record<string, unknown> & { containers: Record<string, unknown>[] }
}

function aPod(spec: object = {}): SomePod {
  return { kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { containers: [{ name: 'c' }], ...spec } }
}

const refused = (write: Promise<void>) =>
  write.then(
    () => 'admitted',
    (error: Error) => error.message,
  )

describe('a namespace', () => {
  it('must be there for what is created in it', async () => {
    const behaviours = fakeBehaviours()
    expect(await refused(admit({ resource: 'configmaps', object: { metadata: { name: 'a' } } }, behaviours))).toBe(
      'namespaces "default" not found',
    )
  })

  it('takes nothing new while it goes away, and says so in a cause', async () => {
    const behaviours = fakeBehaviours([ending])
    const write = admit({ resource: 'configmaps', object: { metadata: { name: 'a' } } }, behaviours)
    await expect(write).rejects.toMatchObject({
      code: 403,
      message:
        'configmaps "a" is forbidden: unable to create new content in namespace default because it is being terminated',
      status: { details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] } },
    })
  })

  it('of the system is not deleted', async () => {
    const request = { operation: 'DELETE' as const, resource: 'namespaces', name: 'kube-system', namespace: undefined }
    expect(await refused(admit(request, fakeBehaviours()))).toBe(
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    )
  })
})

describe('a pod', () => {
  it('gets a service account, its token, a priority and tolerations', async () => {
    const pod = aPod()
    await admit({ resource: 'pods', object: pod }, fakeBehaviours([active, account]))
    expect(pod.spec).toEqual({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: ['not-ready', 'unreachable'].map((key) => ({
        key: `node.kubernetes.io/${key}`,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: 300,
      })),
      containers: [
        {
          name: 'c',
          volumeMounts: [
            {
              name: 'kube-api-access-bbbbb',
              readOnly: true,
              mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
            },
          ],
        },
      ],
      volumes: [
        {
          name: 'kube-api-access-bbbbb',
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
              {
                downwardAPI: {
                  items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
                },
              },
            ],
          },
        },
      ],
    })
  })

  it.each([
    { name: 'it', pod: { automountServiceAccountToken: false }, account },
    { name: 'its account', pod: {}, account: { ...account, automountServiceAccountToken: false } },
  ])('gets no token where $name opts out', async ({ pod: spec, account: own }) => {
    const pod = aPod(spec)
    await admit({ resource: 'pods', object: pod }, fakeBehaviours([active, own]))
    expect(pod.spec.volumes).toBeUndefined()
  })

  it('is refused when its service account is not there', async () => {
    const write = admit({ resource: 'pods', object: aPod({ serviceAccountName: 'x' }) }, fakeBehaviours([active]))
    expect(await refused(write)).toBe(
      'pods "p" is forbidden: error looking up service account default/x: serviceaccount "x" not found',
    )
  })

  it('waits a moment for the default account of a new namespace, then is refused', async () => {
    const write = admit({ resource: 'pods', object: aPod() }, fakeBehaviours([active]))
    expect(await refused(write)).toContain('error looking up service account default/default')
  })

  it('takes the value of its priority class, or of the default one', async () => {
    const classes = [
      { kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' },
      { kind: 'PriorityClass', metadata: { name: 'usual' }, value: 10, globalDefault: true },
    ]
    const behaviours = fakeBehaviours([active, account, ...classes])
    const high = aPod({ priorityClassName: 'high' })
    const usual = aPod()
    await admit({ resource: 'pods', object: high }, behaviours)
    await admit({ resource: 'pods', object: usual }, behaviours)
    expect(high.spec).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' })
    expect(usual.spec).toMatchObject({ priorityClassName: 'usual', priority: 10 })
    expect(await refused(admit({ resource: 'pods', object: aPod({ priorityClassName: 'x' }) }, behaviours))).toBe(
      'pods "p" is forbidden: no PriorityClass with name x was found',
    )
    expect(await refused(admit({ resource: 'pods', object: aPod({ priority: 5 }) }, behaviours))).toContain(
      'the integer value of priority (5) must not be provided in pod spec',
    )
  })

  it('gets the defaults of a limit range, and is held to its bounds', async () => {
    const range = {
      kind: 'LimitRange',
      metadata: { name: 'l', namespace: 'default' },
      spec: {
        limits: [
          {
            type: 'Container',
            default: { cpu: '500m' },
            defaultRequest: { cpu: '100m' },
            max: { cpu: '1' },
            min: { cpu: '50m' },
          },
        ],
      },
    }
    const behaviours = fakeBehaviours([active, account, range])
    const pod = aPod()
    await admit({ resource: 'pods', object: pod }, behaviours)
    expect(pod.spec.containers[0]).toMatchObject({ resources: { limits: { cpu: '500m' }, requests: { cpu: '100m' } } })
    expect(pod.metadata.annotations).toEqual({
      'kubernetes.io/limit-ranger': 'LimitRanger plugin set: cpu request for container c; cpu limit for container c',
    })
    const greedy = aPod({ containers: [{ name: 'c', resources: { limits: { cpu: '2' }, requests: { cpu: '10m' } } }] })
    expect(await refused(admit({ resource: 'pods', object: greedy }, behaviours))).toBe(
      'pods "p" is forbidden: [minimum cpu usage per Container is 50m, but request is 10m, maximum cpu usage per Container is 1, but limit is 2]',
    )
  })

  it('takes over the overhead of its runtime class', async () => {
    const runtime = {
      kind: 'RuntimeClass',
      metadata: { name: 'vm' },
      handler: 'vm',
      overhead: { podFixed: { cpu: '250m' } },
      scheduling: { nodeSelector: { vm: 'yes' } },
    }
    const behaviours = fakeBehaviours([active, account, runtime])
    const pod = aPod({ runtimeClassName: 'vm' })
    await admit({ resource: 'pods', object: pod }, behaviours)
    expect(pod.spec).toMatchObject({ overhead: { cpu: '250m' }, nodeSelector: { vm: 'yes' } })
    expect(await refused(admit({ resource: 'pods', object: aPod({ runtimeClassName: 'x' }) }, behaviours))).toBe(
      'pods "p" is forbidden: pod rejected: RuntimeClass "x" not found',
    )
  })
})

describe('a claim', () => {
  it('without a class gets the newest default one', async () => {
    const marked = (name: string, creationTimestamp: string) => ({
      kind: 'StorageClass',
      metadata: { name, creationTimestamp, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'x',
    })
    const behaviours = fakeBehaviours([
      active,
      marked('old', '2025-01-01T00:00:00Z'),
      marked('new', '2026-01-01T00:00:00Z'),
    ])
    const claim = { kind: 'PersistentVolumeClaim', metadata: { name: 'c' }, spec: {} }
    await admit({ resource: 'persistentvolumeclaims', object: claim }, behaviours)
    expect(claim.spec).toEqual({ storageClassName: 'new' })
  })
})

describe('a new node', () => {
  it('is tainted until it is ready', async () => {
    const object = { kind: 'Node', metadata: { name: 'n1' }, spec: {} }
    await admit({ resource: 'nodes', namespace: undefined, object }, fakeBehaviours())
    expect(object.spec).toEqual({ taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }] })
  })
})

describe('a node', () => {
  const bound = { ...aPod({ nodeName: 'n1' }), status: {} }
  const elsewhere = { ...aPod({ nodeName: 'n2' }), status: {} }

  it.each([
    {
      name: 'another node',
      request: { resource: 'nodes', namespace: undefined, object: { kind: 'Node', metadata: { name: 'n2' } } },
      want: 'node "n1" is not allowed to modify node "n2"',
    },
    {
      name: 'the status of a pod elsewhere',
      request: {
        operation: 'UPDATE' as const,
        resource: 'pods',
        subresource: 'status',
        object: elsewhere,
        old: elsewhere,
      },
      want: 'node "n1" can only update pod status for pods with spec.nodeName set to itself',
    },
    {
      name: 'an ordinary pod',
      request: { resource: 'pods', object: aPod({ nodeName: 'n1' }) },
      want: 'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    },
    {
      name: 'the lease of another node',
      request: {
        resource: 'leases',
        group: 'coordination.k8s.io',
        namespace: 'kube-node-lease',
        object: { kind: 'Lease', metadata: { name: 'n2' } },
      },
      want: 'can only access node lease with the same name as the requesting node',
    },
    {
      name: 'its own taints',
      request: {
        operation: 'UPDATE' as const,
        resource: 'nodes',
        namespace: undefined,
        object: { kind: 'Node', metadata: { name: 'n1' }, spec: {} },
        old: { kind: 'Node', metadata: { name: 'n1' }, spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } },
      },
      want: 'node "n1" is not allowed to modify taints',
    },
    {
      name: 'labels that could draw pods',
      request: {
        resource: 'nodes',
        namespace: undefined,
        object: { kind: 'Node', metadata: { name: 'n1', labels: { 'node-restriction.kubernetes.io/a': 'b' } } },
      },
      want: 'node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io/a',
    },
    {
      name: 'a token that is bound to nothing',
      request: {
        resource: 'serviceaccounts',
        subresource: 'token',
        name: 'default',
        object: { kind: 'TokenRequest', metadata: {} },
      },
      want: 'node requested token not bound to a pod',
    },
  ])('may not write $name', async ({ request, want }) => {
    const leases = { kind: 'Namespace', metadata: { name: 'kube-node-lease' } }
    const behaviours = fakeBehaviours([active, account, leases, elsewhere])
    expect(await refused(admit({ ...request, user: node }, behaviours))).toContain(want)
  })

  it('writes the status of its own pods, deletes them, and asks for their tokens', async () => {
    const behaviours = fakeBehaviours([active, account, bound])
    const status = { operation: 'UPDATE' as const, resource: 'pods', subresource: 'status', object: bound, old: bound }
    await admit({ ...status, user: node }, behaviours)
    await admit({ operation: 'DELETE', resource: 'pods', name: 'p', user: node }, behaviours)
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'uid-pod-p' }
    const object = { kind: 'TokenRequest', metadata: {}, spec: { boundObjectRef } }
    await admit({ resource: 'serviceaccounts', subresource: 'token', name: 'default', object, user: node }, behaviours)
  })
})

describe('a certificate request', () => {
  it('is approved by who may approve for its signer', async () => {
    const request = {
      kind: 'CertificateSigningRequest',
      metadata: { name: 'r' },
      spec: { request: '', signerName: 'kubernetes.io/kubelet-serving' },
    }
    const write = {
      operation: 'UPDATE' as const,
      group: 'certificates.k8s.io',
      resource: 'certificatesigningrequests',
      subresource: 'approval',
      namespace: undefined,
      object: request,
      old: request,
    }
    await admit(write, fakeBehaviours())
    expect(await refused(admit(write, fakeBehaviours(), false))).toContain(
      'user not permitted to approve requests with signerName "kubernetes.io/kubelet-serving"',
    )
  })
  it('makes nobody an administrator', async () => {
    // Of O=dev, O=system:masters, CN=jane.
    const pem = [
      '-----BEGIN CERTIFICATE REQUEST-----',
      'MIHwMIGYAgEAMDYxDDAKBgNVBAoMA2RldjEXMBUGA1UECgwOc3lzdGVtOm1hc3Rl',
      'cnMxDTALBgNVBAMMBGphbmUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARSLYmr',
      '+Ubpln/3qHsX/txWgmi6SNYwlHpCbekMpmP/bAEgMMucejvitxfCqq+3th6jjcy0',
      'Y3swe4IlP5QVKoxnoAAwCgYIKoZIzj0EAwIDRwAwRAIgS6WC2mHATxwAoZbilcMo',
      'qF6UU5pw9q81lmsG7X2P/BYCICi/fQXzs47xbeOQuQEx96GOX/79XcPqz2FjAxMv',
      'n9El',
      '-----END CERTIFICATE REQUEST-----',
    ].join('\n')
    const request = (signerName: string) => ({
      group: 'certificates.k8s.io',
      resource: 'certificatesigningrequests',
      namespace: undefined,
      object: {
        kind: 'CertificateSigningRequest',
        metadata: { name: 'r' },
        spec: { request: Buffer.from(pem).toString('base64'), signerName, usages: ['client auth'] },
      },
    })
    await admit(request('example.com/signer'), fakeBehaviours())
    expect(await refused(admit(request('kubernetes.io/kube-apiserver-client'), fakeBehaviours()))).toContain(
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    )
  })
})

describe('a claim', () => {
  const claim = (storage: string, storageClassName: string, phase = 'Bound') => ({
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c', namespace: 'default' },
    spec: { storageClassName, resources: { requests: { storage } } },
    status: { phase },
  })
  const growing = { kind: 'StorageClass', metadata: { name: 'grows' }, provisioner: 'p', allowVolumeExpansion: true }
  const fixed = { ...growing, metadata: { name: 'fixed' }, allowVolumeExpansion: false }
  const cause =
    'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'

  it.each([
    {
      name: 'grows where its class lets it',
      object: claim('2Gi', 'grows'),
      old: claim('1Gi', 'grows'),
      want: undefined,
    },
    { name: 'stays as it is', object: claim('1Gi', 'fixed'), old: claim('1Gi', 'fixed'), want: undefined },
    { name: 'does not grow otherwise', object: claim('2Gi', 'fixed'), old: claim('1Gi', 'fixed'), want: cause },
    { name: 'does not grow without a class', object: claim('2Gi', ''), old: claim('1Gi', ''), want: cause },
    {
      name: 'does not grow before it is bound',
      object: claim('2Gi', 'grows'),
      old: claim('1Gi', 'grows', 'Pending'),
      want: 'Only bound persistent volume claims can be expanded',
    },
  ])('$name', async ({ object, old, want }) => {
    const write = { operation: 'UPDATE' as const, resource: 'persistentvolumeclaims', object, old }
    const work = admit(write, fakeBehaviours([active, growing, fixed]))
    if (want === undefined) await work
    else expect(await refused(work)).toContain(want)
  })
})

describe('a pod on a node', () => {
  it('learns the zone and region of the node', async () => {
    const labels = { 'topology.kubernetes.io/zone': 'z', 'topology.kubernetes.io/region': 'r', other: 'x' }
    const node1 = { kind: 'Node', metadata: { name: 'n1', labels } }
    const old = { kind: 'Pod', metadata: { name: 'p', labels: { a: 'b' } }, spec: { containers: [] } }
    const object: KubeObject = {
      ...old,
      metadata: { ...old.metadata },
      ...{ spec: { containers: [], nodeName: 'n1' } },
    }
    const write = { operation: 'UPDATE' as const, resource: 'pods', subresource: 'binding', object, old }
    await admit(write, fakeBehaviours([active, node1]))
    expect(object.metadata.labels).toEqual({
      a: 'b',
      'topology.kubernetes.io/zone': 'z',
      'topology.kubernetes.io/region': 'r',
    })
  })
})
