import {
  ApiextensionsV1Api,
  AppsV1Api,
  AuthenticationV1Api,
  AuthorizationV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  DiscoveryV1Api,
  EventsV1Api,
  NetworkingV1Api,
  NodeV1Api,
  PatchStrategy,
  PolicyV1Api,
  RbacAuthorizationV1Api,
  SchedulingV1Api,
  setHeaderOptions,
  StorageV1Api,
  type V1Deployment,
  VersionApi,
} from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { uniqueName } from '../../harness/cluster.ts'
import { eventually } from '../../harness/eventually.ts'
import { javaScriptClient, refusal } from './client.ts'

const client = javaScriptClient()
const { namespace } = client
const patch = (strategy: string) => setHeaderOptions('Content-Type', strategy)

const deployment = (name: string, replicas: number): V1Deployment => ({
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'hello', image: 'wherry/hello', ports: [{ containerPort: 8080 }] }] },
    },
  },
})

describe('typed calls of the JavaScript client', () => {
  it('know the version and the groups', async () => {
    expect(await client.api(VersionApi).getCode()).toMatchObject({ major: '1', minor: '36' })
    const { resources } = await client.api(AppsV1Api).getAPIResources()
    expect(resources.find(({ name }) => name === 'deployments/scale')?.kind).toBe('Scale')
  })

  it('create, read, replace, patch and delete', async () => {
    const core = client.api(CoreV1Api)
    const made = await core.createNamespacedConfigMap({
      namespace,
      body: { metadata: { name: 'crud' }, data: { a: 'b' }, binaryData: { raw: 'AP8=' } },
    })
    expect(made.metadata?.creationTimestamp).toBeInstanceOf(Date)
    const replaced = await core.replaceNamespacedConfigMap({
      namespace,
      name: 'crud',
      body: { ...made, data: { a: 'c' } },
    })
    expect(Number(replaced.metadata?.resourceVersion)).toBeGreaterThan(Number(made.metadata?.resourceVersion))
    const stale = core.replaceNamespacedConfigMap({ namespace, name: 'crud', body: made })
    expect(await refusal(stale)).toMatchObject({ code: 409, reason: 'Conflict' })
    const json = [{ op: 'replace', path: '/data/a', value: 'd' }]
    const options = patch(PatchStrategy.JsonPatch)
    expect((await core.patchNamespacedConfigMap({ namespace, name: 'crud', body: json }, options)).data).toEqual({
      a: 'd',
    })
    const gone = await core.deleteNamespacedConfigMap({ namespace, name: 'crud' })
    expect([gone.status, gone.details?.name]).toEqual(['Success', 'crud'])
  })

  it('merge lists by their keys with a strategic patch, and replace them with a merge patch', async () => {
    const apps = client.api(AppsV1Api)
    await apps.createNamespacedDeployment({ namespace, body: deployment('patched', 0) })
    const body = { spec: { template: { spec: { containers: [{ name: 'side', image: 'wherry/shell' }] } } } }
    const names = (patched: V1Deployment) => patched.spec?.template.spec?.containers.map(({ name }) => name)
    const call = (strategy: string) =>
      apps.patchNamespacedDeployment({ namespace, name: 'patched', body }, patch(strategy))
    expect(names(await call(PatchStrategy.StrategicMergePatch))).toEqual(['side', 'hello'])
    expect(names(await call(PatchStrategy.MergePatch))).toEqual(['side'])
  })

  it('apply on the server, conflict and force', async () => {
    const core = client.api(CoreV1Api)
    const apply = (manager: string, data: Record<string, string>, force = false) =>
      core.patchNamespacedConfigMap(
        {
          namespace,
          name: 'applied',
          fieldManager: manager,
          force,
          body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, data },
        },
        patch(PatchStrategy.ServerSideApply),
      )
    const made = await apply('one', { a: '1', b: '1' })
    expect(made.metadata?.managedFields).toMatchObject([{ manager: 'one', operation: 'Apply', fieldsType: 'FieldsV1' }])
    expect(await refusal(apply('two', { a: '2' }))).toEqual({
      code: 409,
      reason: 'Conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
      details: { causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' }] },
    })
    expect((await apply('two', { a: '2' }, true)).data).toEqual({ a: '2', b: '1' })
    expect((await apply('one', {})).data).toEqual({ a: '2' })
  })

  it('page, select and delete collections', async () => {
    const core = client.api(CoreV1Api)
    for (const name of ['p1', 'p2', 'p3', 'p4', 'p5']) {
      await core.createNamespacedSecret({ namespace, body: { metadata: { name, labels: { page: 'yes' } } } })
    }
    const names: (string | undefined)[] = []
    let token: string | undefined
    do {
      const page = await core.listNamespacedSecret({
        namespace,
        labelSelector: 'page',
        limit: 2,
        ...(token === undefined ? {} : { _continue: token }),
      })
      names.push(...page.items.map(({ metadata }) => metadata?.name))
      token = page.metadata?._continue
    } while (token)
    expect(names).toEqual(['p1', 'p2', 'p3', 'p4', 'p5'])
    await core.deleteCollectionNamespacedSecret({ namespace, labelSelector: 'page' })
    expect((await core.listNamespacedSecret({ namespace, labelSelector: 'page' })).items).toEqual([])
  })

  it('show the defaults of a dry run, and keep nothing of it', async () => {
    const apps = client.api(AppsV1Api)
    const shown = await apps.createNamespacedDeployment({ namespace, dryRun: 'All', body: deployment('dry', 1) })
    expect(shown.spec?.strategy?.rollingUpdate?.maxSurge).toBe('25%')
    const read = apps.readNamespacedDeployment({ namespace, name: 'dry' })
    expect(await refusal(read)).toMatchObject({ code: 404, message: 'deployments.apps "dry" not found' })
  })

  it('are refused with causes that name the fields', async () => {
    const bad = deployment('bad', -1)
    const refused = await refusal(client.api(AppsV1Api).createNamespacedDeployment({ namespace, body: bad }))
    expect(refused).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { kind: 'Deployment', group: 'apps', name: 'bad', causes: [{ field: 'spec.replicas' }] },
    })
    const strict = client.api(CoreV1Api).createNamespacedPod({
      namespace,
      fieldValidation: 'Strict',
      body: { metadata: { name: 'strict' }, spec: { containers: [] } },
    })
    expect((await refusal(strict)).message).toContain('spec.containers: Required value')
  })

  it('roll a Deployment out and scale it', async () => {
    const apps = client.api(AppsV1Api)
    await apps.createNamespacedDeployment({ namespace, body: deployment('web', 1) })
    const ready = async (count: number) =>
      eventually(async () => {
        const { status } = await apps.readNamespacedDeploymentStatus({ namespace, name: 'web' })
        expect(status?.readyReplicas).toBe(count)
      })
    await ready(1)
    const scale = await apps.readNamespacedDeploymentScale({ namespace, name: 'web' })
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 1 }, status: { selector: 'app=web' } })
    const body = { spec: { replicas: 2 } }
    await apps.patchNamespacedDeploymentScale({ namespace, name: 'web', body }, patch(PatchStrategy.MergePatch))
    await ready(2)
    await apps.deleteNamespacedDeployment({ namespace, name: 'web', propagationPolicy: 'Foreground' })
    await eventually(async () => {
      const { items } = await client.api(CoreV1Api).listNamespacedPod({ namespace, labelSelector: 'app=web' })
      expect(items).toEqual([])
    })
  })

  it('run a Job to its end', async () => {
    const batch = client.api(BatchV1Api)
    const containers = [{ name: 'main', image: 'any', command: ['true'] }]
    const template = { spec: { restartPolicy: 'Never', containers } }
    await batch.createNamespacedJob({ namespace, body: { metadata: { name: 'once' }, spec: { template } } })
    await eventually(async () => {
      const { status } = await batch.readNamespacedJob({ namespace, name: 'once' })
      expect(status?.conditions?.find(({ type }) => type === 'Complete')?.status).toBe('True')
    })
  })

  it('reach the objects of many groups', async () => {
    const name = uniqueName('many')
    const metadata = { name }
    const selector = { matchLabels: { app: 'x' } }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'none' }
    const service = { name: 'none', port: { number: 80 } }
    const created = await Promise.all([
      client.api(NetworkingV1Api).createNamespacedNetworkPolicy({
        namespace,
        body: { metadata, spec: { podSelector: selector, policyTypes: ['Egress'] } },
      }),
      client.api(NetworkingV1Api).createNamespacedIngress({
        namespace,
        body: { metadata, spec: { defaultBackend: { service } } },
      }),
      client.api(PolicyV1Api).createNamespacedPodDisruptionBudget({
        namespace,
        body: { metadata, spec: { minAvailable: '50%', selector } },
      }),
      client
        .api(RbacAuthorizationV1Api)
        .createNamespacedRoleBinding({ namespace, body: { metadata, roleRef, subjects: [] } }),
      client.api(AutoscalingV2Api).createNamespacedHorizontalPodAutoscaler({
        namespace,
        body: { metadata, spec: { maxReplicas: 2, scaleTargetRef } },
      }),
      client
        .api(CoordinationV1Api)
        .createNamespacedLease({ namespace, body: { metadata, spec: { holderIdentity: 'me' } } }),
      client.api(DiscoveryV1Api).createNamespacedEndpointSlice({
        namespace,
        body: { metadata, addressType: 'IPv4', endpoints: [{ addresses: ['10.9.8.7'] }] },
      }),
      client.api(SchedulingV1Api).createPriorityClass({ body: { metadata, value: 3 } }),
      client.api(StorageV1Api).createStorageClass({ body: { metadata, provisioner: 'example.com/none' } }),
      client.api(NodeV1Api).createRuntimeClass({ body: { metadata, handler: 'none' } }),
    ])
    expect(created.map((object) => object.metadata?.name)).toEqual(created.map(() => name))
    await client.api(SchedulingV1Api).deletePriorityClass({ name })
    await client.api(StorageV1Api).deleteStorageClass({ name })
    await client.api(NodeV1Api).deleteRuntimeClass({ name })
  })

  it('read an event of one group in the other', async () => {
    await client.api(CoreV1Api).createNamespacedEvent({
      namespace,
      body: {
        metadata: { name: 'seen' },
        involvedObject: { kind: 'Pod', namespace, name: 'x' },
        reason: 'Seen',
        message: 'hello',
        type: 'Normal',
        source: { component: 'judge' },
      },
    })
    const event = await client.api(EventsV1Api).readNamespacedEvent({ namespace, name: 'seen' })
    expect(event).toMatchObject({ note: 'hello', regarding: { name: 'x' }, deprecatedSource: { component: 'judge' } })
  })

  it('ask who may do what', async () => {
    const me = await client.api(AuthenticationV1Api).createSelfSubjectReview({ body: {} })
    expect(me.status?.userInfo?.username).toBe('kubernetes-admin')
    const resourceAttributes = { namespace, verb: 'delete', resource: 'pods' }
    const review = (user: string) =>
      client.api(AuthorizationV1Api).createSubjectAccessReview({ body: { spec: { user, resourceAttributes } } })
    expect((await review('nobody')).status?.allowed).toBe(false)
    const { status } = await client
      .api(AuthorizationV1Api)
      .createSelfSubjectAccessReview({ body: { spec: { resourceAttributes } } })
    expect(status?.allowed).toBe(true)
  })

  it('define a resource and use its objects', async () => {
    const group = `${uniqueName('node')}.example.com`
    const properties = { spec: { type: 'object', properties: { size: { type: 'integer', _default: 1, minimum: 1 } } } }
    await client.api(ApiextensionsV1Api).createCustomResourceDefinition({
      body: {
        metadata: { name: `boxes.${group}` },
        spec: {
          group,
          scope: 'Namespaced',
          names: { plural: 'boxes', kind: 'Box' },
          versions: [
            { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } } },
          ],
        },
      },
    })
    const custom = client.api(CustomObjectsApi)
    const at = { group, version: 'v1', namespace, plural: 'boxes' }
    const box = { apiVersion: `${group}/v1`, kind: 'Box', metadata: { name: 'one' }, spec: {} }
    const made = await eventually(() => custom.createNamespacedCustomObject({ ...at, body: box }))
    expect(made).toMatchObject({ spec: { size: 1 }, metadata: { generation: 1 } })
    const merged = await custom.patchNamespacedCustomObject(
      { ...at, name: 'one', body: { spec: { size: 5 } } },
      patch(PatchStrategy.MergePatch),
    )
    expect(merged).toMatchObject({ spec: { size: 5 } })
    const small = custom.createNamespacedCustomObject({
      ...at,
      body: { ...box, metadata: { name: 'small' }, spec: { size: 0 } },
    })
    expect((await refusal(small)).message).toContain('spec.size in body should be greater than or equal to 1')
    expect(await custom.listNamespacedCustomObject(at)).toMatchObject({
      kind: 'BoxList',
      items: [{ spec: { size: 5 } }],
    })
    await client.api(ApiextensionsV1Api).deleteCustomResourceDefinition({ name: `boxes.${group}` })
    await eventually(async () =>
      expect(await refusal(custom.listNamespacedCustomObject(at))).toMatchObject({ code: 404 }),
    )
  })
})
