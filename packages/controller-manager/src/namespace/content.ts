import type { KubeObject } from '@wherry/api'
import { isMethodNotSupported, isNotFound } from '@wherry/apimachinery'
import type { Client } from '@wherry/client'
import { type ServedKind, discover } from '../discovery/discovery.ts'
import { messageOf } from '../pods/pod-control.ts'
import type { Leftovers } from './conditions.ts'

export interface ContentPass {
  left: Leftovers
  /** Seconds that the rest may take to go; 0 when nothing is left. */
  estimateSeconds: number
}

/** How long upstream gives finalizers before it looks again. */
const finalizerEstimateSeconds = 15

/**
 * Deletes what a namespace contains, of every kind that discovery finds: pods first and alone, so that they can still
 * read their ConfigMaps and Secrets while they stop (KEP-5080), then everything else. Resolves with what is left.
 */
export async function deleteContent(client: Client, namespace: string, signal: AbortSignal): Promise<ContentPass> {
  const left: Leftovers = { deletionFailures: [], resources: {}, finalizers: {} }
  const pass = { left, estimateSeconds: 0 }
  const kinds = await discoverNamespaced(client, left, signal)
  const isPods = (kind: ServedKind) => kind.group === '' && kind.resource === 'pods'
  for (const kind of kinds.filter(isPods)) await deleteKind(client, kind, namespace, pass, signal)
  if (pass.estimateSeconds > 0 || left.deletionFailures.length > 0) return pass
  await inTurns(
    kinds.filter((kind) => !isPods(kind)),
    (kind) => deleteKind(client, kind, namespace, pass, signal),
  )
  return pass
}

async function discoverNamespaced(client: Client, left: Leftovers, signal: AbortSignal): Promise<ServedKind[]> {
  try {
    const { kinds, failed } = await discover(client, signal)
    if (failed.length > 0) left.discoveryFailure = failureOf(failed)
    return kinds.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete') && verbs.includes('list'))
  } catch (error) {
    signal.throwIfAborted()
    left.discoveryFailure = messageOf(error)
    return []
  }
}

/** As client-go words groups whose server did not answer, and upstream's controller that it met some. */
function failureOf(failed: readonly string[]): string {
  const groups = failed.map((version) => `${version}: stale GroupVersion discovery: ${version}`).sort()
  const failure = `unable to retrieve the complete list of server APIs: ${groups.join(', ')}`
  return `Discovery failed for some groups, ${failed.length} failing: ${failure}`
}

/** A few at a time: one namespace's end must not crowd out everybody else's requests. */
async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}

async function deleteKind(
  client: Client,
  kind: ServedKind,
  namespace: string,
  pass: ContentPass,
  signal: AbortSignal,
): Promise<void> {
  const name = `${kind.resource}.${kind.group}`
  try {
    const before = await list(client, kind, namespace, signal)
    if (before.length === 0) return
    await deleteAll(client, kind, namespace, before, signal)
    const rest = await list(client, kind, namespace, signal)
    if (rest.length === 0) return
    pass.left.resources[name] = rest.length
    for (const { metadata } of rest) {
      for (const finalizer of metadata.finalizers ?? []) {
        pass.left.finalizers[finalizer] = (pass.left.finalizers[finalizer] ?? 0) + 1
      }
    }
    const held = rest.some(({ metadata }) => (metadata.finalizers ?? []).length > 0)
    const graceSeconds = Math.max(...rest.map(({ metadata }) => metadata.deletionGracePeriodSeconds ?? 0))
    const estimate = graceSeconds > 0 ? graceSeconds : held ? finalizerEstimateSeconds : 1
    pass.estimateSeconds = Math.max(pass.estimateSeconds, estimate)
  } catch (error) {
    signal.throwIfAborted()
    // The kind has gone since it was discovered, as with a CustomResourceDefinition that is deleted too.
    if (isNotFound(error) || isMethodNotSupported(error)) return
    pass.left.deletionFailures.push(`unable to delete ${name}: ${messageOf(error)}`)
  }
}

async function list(client: Client, kind: ServedKind, namespace: string, signal: AbortSignal): Promise<KubeObject[]> {
  return (await client.list(kind, { namespace, signal })).items
}

async function deleteAll(
  client: Client,
  kind: ServedKind,
  namespace: string,
  objects: readonly KubeObject[],
  signal: AbortSignal,
): Promise<void> {
  const propagationPolicy = 'Background'
  if (kind.verbs.includes('deletecollection')) {
    return client.deleteCollection(kind, { namespace, propagationPolicy, signal })
  }
  for (const { metadata } of objects) {
    const key = { namespace, name: metadata.name ?? '' }
    await client.delete(kind, key, { propagationPolicy, signal }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}
