import {
  type KubernetesObject,
  loadAllYaml,
  PatchStrategy,
  type V1ConfigMap,
  type V1Deployment,
} from '@kubernetes/client-node'
import { describe, expect, it } from 'vitest'
import { javaScriptClient, refusal } from './client.ts'

const client = javaScriptClient()
const { namespace } = client

const configMap = (name: string, data: Record<string, string>): V1ConfigMap & KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
})

describe('objects of any kind through KubernetesObjectApi', () => {
  it('are created, read, patched, replaced, listed and deleted', async () => {
    const objects = client.objects()
    const made = await objects.create(configMap('any', { a: 'b' }))
    expect(made.metadata?.uid).toBeDefined()
    const merged = await objects.patch(configMap('any', { c: 'd' }), undefined, undefined, undefined, undefined)
    expect(merged.data).toEqual({ a: 'b', c: 'd' })
    const replaced = await objects.replace({ ...merged, data: { e: 'f' } })
    expect(replaced.data).toEqual({ e: 'f' })
    const { items } = await objects.list(
      'v1',
      'ConfigMap',
      namespace,
      undefined,
      undefined,
      undefined,
      'metadata.name=any',
    )
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['any'])
    const header = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'any', namespace } }
    expect(await objects.delete(header)).toMatchObject({ status: 'Success' })
    expect(await refusal(objects.read(header))).toMatchObject({ code: 404, message: 'configmaps "any" not found' })
  })

  it('are applied on the server', async () => {
    const objects = client.objects()
    const apply = (manager: string, data: Record<string, string>) =>
      objects.patch(
        configMap('applied', data),
        undefined,
        undefined,
        manager,
        manager === 'forcing',
        PatchStrategy.ServerSideApply,
      )
    await apply('one', { a: '1' })
    expect((await refusal(apply('two', { a: '2' }))).message).toContain('conflict with "one": .data.a')
    expect((await apply('forcing', { a: '3' })).data).toEqual({ a: '3' })
  })

  it('come from documents of YAML, whatever their group', async () => {
    const objects = client.objects()
    const documents = loadAllYaml(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: yaml, namespace: ${namespace}}
spec:
  replicas: 0
  selector: {matchLabels: {app: yaml}}
  template:
    metadata: {labels: {app: yaml}}
    spec: {containers: [{name: c, image: wherry/hello, resources: {limits: {cpu: 1}}}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: yaml, namespace: ${namespace}}
spec: {maxUnavailable: 1, selector: {matchLabels: {app: yaml}}}
`)
    const made: KubernetesObject[] = []
    for (const document of documents) made.push(await objects.create(document))
    expect(made.map(({ kind }) => kind)).toEqual(['Deployment', 'PodDisruptionBudget'])
    const read = await objects.read<V1Deployment & KubernetesObject>({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'yaml', namespace },
    })
    expect(read.spec?.template.spec?.containers[0]?.resources?.limits).toEqual({ cpu: '1' })
  })
})
