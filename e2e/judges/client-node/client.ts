import {
  ApiException,
  type ApiConstructor,
  type ApiType,
  CoreV1Api,
  KubeConfig,
  KubernetesObjectApi,
} from '@kubernetes/client-node'
import { afterAll, beforeAll, expect, inject } from 'vitest'
import { uniqueName } from '../../harness/cluster.ts'
import { eventually } from '../../harness/eventually.ts'

/** The JavaScript client with a namespace of its own, which goes after the tests of the file. */
export interface JavaScriptClient {
  readonly config: KubeConfig
  readonly namespace: string
  api<T extends ApiType>(type: ApiConstructor<T>): T
  objects(): KubernetesObjectApi
  /** Makes a pod of `wherry/hello` or of a script, and waits until it runs. */
  runningPod(name: string, script?: string): Promise<void>
}

export function javaScriptClient(): JavaScriptClient {
  const config = new KubeConfig()
  const namespace = uniqueName('client-node')
  beforeAll(async () => {
    config.loadFromFile(inject('kubeconfig'))
    await config.makeApiClient(CoreV1Api).createNamespace({ body: { metadata: { name: namespace } } })
  })
  afterAll(async () => {
    await config.makeApiClient(CoreV1Api).deleteNamespace({ name: namespace })
  })
  return {
    config,
    namespace,
    api: (type) => config.makeApiClient(type),
    objects: () => KubernetesObjectApi.makeApiClient(config),
    async runningPod(name, script) {
      const core = config.makeApiClient(CoreV1Api)
      const command = script === undefined ? {} : { command: ['sh', '-c', script] }
      const containers = [{ name: 'main', image: 'wherry/hello', ...command }]
      const body = { metadata: { name, labels: { app: name } }, spec: { terminationGracePeriodSeconds: 1, containers } }
      await core.createNamespacedPod({ namespace, body })
      await eventually(async () => {
        const pod = await core.readNamespacedPod({ namespace, name })
        expect(pod.status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('True')
      })
    },
  }
}

export interface Refusal {
  code: number
  reason: string
  message: string
  details?: unknown
}

/** The Status that a call must be refused with. */
export async function refusal(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call
  } catch (error) {
    if (!(error instanceof ApiException)) throw error
    const body: unknown = error.body
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    // A path that nobody serves is refused in plain text.
    if (!text.startsWith('{')) return { code: error.code, reason: '', message: text.trim() }
    const { kind, code, reason, message, details } = JSON.parse(text)
    expect([kind, code]).toEqual(['Status', error.code])
    return { code, reason, message, details }
  }
  throw new Error('the call was not refused')
}
