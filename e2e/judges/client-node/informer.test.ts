import {
  CoreV1Api,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1ConfigMap,
  Watch,
} from '@kubernetes/client-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../../harness/eventually.ts'
import { javaScriptClient } from './client.ts'

const client = javaScriptClient()
const { namespace } = client
const path = `/api/v1/namespaces/${namespace}/configmaps`

const make = (name: string, labels: Record<string, string> = {}) =>
  client.api(CoreV1Api).createNamespacedConfigMap({ namespace, body: { metadata: { name, labels } } })
const change = (name: string, data: Record<string, string>) =>
  client
    .api(CoreV1Api)
    .patchNamespacedConfigMap(
      { namespace, name, body: { data } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    )
const remove = (name: string) => client.api(CoreV1Api).deleteNamespacedConfigMap({ namespace, name })

describe('watches of the JavaScript client', () => {
  it('an informer follows every change and keeps a copy', async () => {
    await make('before', { informed: 'yes' })
    const list = () => client.api(CoreV1Api).listNamespacedConfigMap({ namespace, labelSelector: 'informed=yes' })
    const informer = makeInformer<V1ConfigMap>(client.config, path, list, 'informed=yes')
    const seen: string[] = []
    for (const verb of ['add', 'update', 'delete'] as const) {
      informer.on(verb, (object) => seen.push(`${verb} ${object.metadata?.name}`))
    }
    informer.on('error', (error: unknown) => seen.push(`error ${error}`))
    onTestFinished(() => informer.stop())
    await informer.start()
    await make('after', { informed: 'yes' })
    await make('other')
    await change('after', { a: 'b' })
    await eventually(async () => expect(informer.get('after', namespace)?.data).toEqual({ a: 'b' }))
    await remove('before')
    await eventually(async () => expect(seen.at(-1)).toBe('delete before'))
    expect(seen).toEqual(['add before', 'add after', 'update after', 'delete before'])
    expect(informer.list(namespace).map(({ metadata }) => metadata?.name)).toEqual(['after'])
  })

  it('a watch from a version sees what came after, and ends when it is told to', async () => {
    const { metadata } = await client.api(CoreV1Api).listNamespacedConfigMap({ namespace })
    await make('watched')
    await change('watched', { a: 'b' })
    await remove('watched')
    const seen: string[] = []
    const ended = new Promise<unknown>((resolve) => {
      const started = new Watch(client.config).watch(
        path,
        { resourceVersion: metadata?.resourceVersion, fieldSelector: 'metadata.name=watched' },
        (phase) => {
          seen.push(phase)
          if (phase === 'DELETED') void started.then((controller) => controller.abort())
        },
        resolve,
      )
    })
    await ended
    expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
  })

  it('a watch of the whole cluster carries what happens in each namespace', async () => {
    const found = new Promise<string>((resolve, reject) => {
      const started = new Watch(client.config).watch(
        '/api/v1/configmaps',
        { labelSelector: 'wide=yes' },
        (_phase, object: V1ConfigMap) => {
          resolve(`${object.metadata?.namespace}/${object.metadata?.name}`)
          void started.then((controller) => controller.abort())
        },
        reject,
      )
    })
    await make('wide', { wide: 'yes' })
    expect(await found).toBe(`${namespace}/wide`)
  })

  it('initial events and their bookmark come first where they are asked for', async () => {
    const types: string[] = []
    await new Promise<void>((resolve) => {
      const started = new Watch(client.config).watch(
        path,
        { sendInitialEvents: true, allowWatchBookmarks: true, resourceVersionMatch: 'NotOlderThan' },
        (phase, object: V1ConfigMap) => {
          types.push(phase)
          if (phase !== 'BOOKMARK') return
          expect(object.metadata?.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
          void started.then((controller) => controller.abort())
        },
        () => resolve(),
      )
    })
    expect(types.at(-1)).toBe('BOOKMARK')
    expect(types.slice(0, -1).every((type) => type === 'ADDED')).toBe(true)
  })

  it('the server ends a watch after its timeout', async () => {
    const ended = await new Promise<unknown>((resolve) => {
      void new Watch(client.config).watch(
        path,
        { timeoutSeconds: 1, labelSelector: 'no=body' },
        () => undefined,
        resolve,
      )
    })
    expect(ended === null || ended === Watch.SERVER_SIDE_CLOSE).toBe(true)
  })
})
