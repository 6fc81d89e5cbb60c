import { type Container, Pod } from '@wherry/api'
import { labelsMatcher, matcherOf } from '@wherry/apimachinery'
import { sleep } from '@wherry/component-base'
import { splitPair } from '../access/arguments.ts'
import type { Connection } from '../access/connection.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import { dig, isObject, record, stringMap, type Unstructured } from '../objects/json.ts'

const pollMs = 200
const defaultContainerAnnotation = 'kubectl.kubernetes.io/default-container'

/** The pod that `NAME` or `TYPE/NAME` means: itself, or one of the pods that a workload or a service selects. */
export async function findPod(
  context: Context,
  connection: Connection,
  argument: string,
  timeoutMs: number,
): Promise<Pod> {
  const { namespace } = connection
  if (!argument.includes('/')) return connection.client.get(Pod, { namespace, name: argument })
  const { type, name } = splitPair(argument)
  const kind = (await connection.mapper([type])).resolve(type)
  if (kind.kind === 'Pod' && kind.group === '') return connection.client.get(Pod, { namespace, name })
  const object = await connection.rest.get({ kind, namespace: kind.namespaced ? namespace : '', name })
  return firstPod(context, connection, object, timeoutMs)
}

/** The most active pod of an object; waits for one while there is none. Throws in kubectl's words. */
export async function firstPod(
  context: Context,
  connection: Connection,
  object: Unstructured,
  timeoutMs: number,
): Promise<Pod> {
  const labelSelector = podSelectorOf(object)
  const end = context.clock.now() + timeoutMs
  for (;;) {
    const { items } = await connection.client.list(Pod, { namespace: object.metadata.namespace ?? '', labelSelector })
    const [best] = items.sort(byActivity)
    if (best) return best
    if (context.clock.now() >= end) throw new CommandError('timed out waiting for the condition')
    await sleep(context.clock, pollMs, context.signal)
  }
}

/** The selector of the pods that an object makes or serves, as text. Throws for kinds that have none. */
export function podSelectorOf(object: Unstructured): string {
  const selector = dig(object, 'spec', 'selector')
  switch (object.kind) {
    case 'Service':
      if (!isObject(selector) || Object.keys(selector).length === 0) {
        throw new CommandError(`invalid service '${object.metadata.name}': Service is defined without a selector`)
      }
      return labelsMatcher(stringMap(selector)).toString()
    case 'ReplicationController':
      return labelsMatcher(stringMap(selector)).toString()
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return matcherOf(record(selector)).toString()
    default:
      throw new CommandError(`selector for ${object.kind} not implemented`)
  }
}

/** Pods that have a node, run and are ready come first, and among these the one that was ready last to change is last. */
export function byActivity(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => {
    const phase = { Running: 0, Unknown: 1, Pending: 2 }[pod.status?.phase ?? ''] ?? 3
    return [pod.spec?.nodeName ? 0 : 1, phase, isReady(pod) ? 0 : 1, pod.metadata.deletionTimestamp ? 1 : 0] as const
  }
  const left = rank(a)
  const right = rank(b)
  for (let at = 0; at < left.length; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '')
}

function isReady({ status }: Pod): boolean {
  return status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false
}

/** The container that is meant: the named one, the annotated one, or the first, which is said unless it is the only one. */
export function chooseContainer(context: Context, pod: Pod, wanted: string, quiet = false): Container {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {}
  const all: Container[] = [...containers, ...initContainers, ...ephemeralContainers]
  if (wanted !== '') {
    const found = all.find(({ name }) => name === wanted)
    if (!found)
      throw new CommandError(
        `container ${wanted} is not valid for pod ${pod.metadata.name} out of: ${containerNamesText(pod)}`,
      )
    return found
  }
  const annotated = pod.metadata.annotations?.[defaultContainerAnnotation]
  const byAnnotation = all.find(({ name }) => name === annotated)
  if (byAnnotation) return byAnnotation
  if (annotated && !quiet) {
    context.warn(`Default container name ${JSON.stringify(annotated)} not found in pod ${pod.metadata.name}\n`)
  }
  const [first] = containers
  if (!first) throw new CommandError(`pod ${pod.metadata.name} has no containers`)
  if (all.length > 1 && !quiet) {
    context.warn(`Defaulted container ${JSON.stringify(first.name)} out of: ${containerNamesText(pod)}\n`)
  }
  return first
}

/** All containers of a pod; init and ephemeral ones are marked. */
function containerNamesText({ spec }: Pod): string {
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {}
  return [
    ...containers.map(({ name }) => name),
    ...ephemeralContainers.map(({ name }) => `${name} (ephem)`),
    ...initContainers.map(({ name }) => `${name} (init)`),
  ].join(', ')
}
