import { randomUUID } from 'node:crypto'
import type { KubeObject, WebhookClientConfig } from '@wherry/api'
import {
  type DeepReadonly,
  deepEqual,
  formatFieldErrors,
  internalError,
  isMap,
  validateAnnotations,
  validateLabels,
} from '@wherry/apimachinery'
import type { WebhookClient } from '../webhook/webhook-client.ts'
import type { Definition } from './conditions.ts'
import type { Converter } from './conversion.ts'
import { goType } from './custom-object.ts'

type CustomObject = DeepReadonly<KubeObject>

/** As upstream's client, which gives webhooks this long. */
const timeout = 30_000
const reviewVersions = ['v1', 'v1beta1']

/**
 * Strategy `Webhook`: objects go to it in one review, and come back in the wanted version with nothing changed that is
 * not theirs to change. As upstream: apiextensions-apiserver, `webhookConverter`.
 */
export function newConversionWebhook(definition: Definition, client: () => WebhookClient): Converter {
  const { webhook } = definition.spec.conversion ?? {}
  const version = webhook?.conversionReviewVersions.find((one) => reviewVersions.includes(one))
  const { caBundle, ...clientConfig } = webhook?.clientConfig ?? {}
  const bundle = caBundle && Buffer.from(caBundle, 'base64').toString('latin1').trim() !== '' ? { caBundle } : {}
  const config: WebhookClientConfig = Object({ ...clientConfig, ...bundle })
  return {
    remote: true,
    async convert(objects, apiVersion) {
      const open = objects.filter((object) => object.apiVersion !== apiVersion)
      const [first] = open
      if (!first) return objects.map((object) => Object(object))
      const isList = objects.length > 1
      const name = isList ? `${typeText(first)}List` : typeText(first)
      try {
        if (!version) throw new Error('no supported conversion review versions')
        const converted = await review(client(), config, version, open, apiVersion, name)
        const checked = converted.map((object, at) => check(open[at] ?? first, object, apiVersion, at, isList, name))
        const results = checked.values()
        return objects.map((object) => Object(object.apiVersion === apiVersion ? object : results.next().value))
      } catch (cause) {
        throw internalError(cause)
      }
    },
  }
}

/** `stable.example.com/v1, Kind=CronTab`. */
function typeText({ apiVersion = '', kind = '' }: CustomObject): string {
  return `${apiVersion}, Kind=${kind}`
}

async function review(
  client: WebhookClient,
  config: WebhookClientConfig,
  version: string,
  objects: readonly CustomObject[],
  desiredAPIVersion: string,
  name: string,
): Promise<unknown[]> {
  const uid = randomUUID()
  const apiVersion = `apiextensions.k8s.io/${version}`
  const body = { kind: 'ConversionReview', apiVersion, request: { uid, desiredAPIVersion, objects } }
  let converted: unknown[]
  try {
    const answer = await client.post(config, body, timeout)
    converted = convertedOf(answer, version === 'v1' ? { apiVersion, uid } : undefined)
  } catch (cause) {
    throw new Error(`conversion webhook for ${name} failed: ${textOf(cause)}`, { cause })
  }
  if (converted.length === objects.length) return converted
  throw new Error(`conversion webhook for ${name} returned ${converted.length} objects, expected ${objects.length}`)
}

interface Response {
  readonly uid?: unknown
  readonly result?: { readonly status?: string; readonly message?: string }
  readonly convertedObjects?: unknown
}

/** The objects of an answer; the older review is taken whatever it says of itself. */
function convertedOf(answer: unknown, wanted: { apiVersion: string; uid: string } | undefined): unknown[] {
  const { apiVersion, kind, response }: { apiVersion?: unknown; kind?: unknown; response?: Response } = Object(answer)
  if (wanted && (apiVersion !== wanted.apiVersion || kind !== 'ConversionReview')) {
    const got = `${typeof apiVersion === 'string' ? apiVersion : ''}, Kind=${typeof kind === 'string' ? kind : ''}`
    throw new Error(`expected webhook response of ${wanted.apiVersion}, Kind=ConversionReview, got ${got}`)
  }
  if (!response) throw new Error('no response provided')
  if (wanted && response.uid !== wanted.uid) {
    const got = typeof response.uid === 'string' ? response.uid : ''
    throw new Error(`expected response.uid=${JSON.stringify(wanted.uid)}, got ${JSON.stringify(got)}`)
  }
  const { status = '', message = '' } = response.result ?? {}
  if (status !== 'Success') throw new Error(message || `response.result.status was '${status}', not 'Success'`)
  return Array.isArray(response.convertedObjects) ? response.convertedObjects : []
}

function check(
  original: CustomObject,
  converted: unknown,
  apiVersion: string,
  at: number,
  isList: boolean,
  name: string,
): KubeObject {
  const wrong = (what: string, problem: string) =>
    new Error(`conversion webhook for ${name} returned ${what}: ${problem}`)
  const indexed = isList ? `invalid converted object at index ${at}` : 'invalid object at index 0'
  if (!isMap(converted) || typeof converted.kind !== 'string' || converted.kind === '') {
    throw wrong(indexed, `Object 'Kind' is missing in '${JSON.stringify(converted)}'`)
  }
  if (converted.apiVersion !== apiVersion) {
    const got = typeof converted.apiVersion === 'string' ? converted.apiVersion : ''
    throw wrong(indexed, `invalid groupVersion (expected ${apiVersion}, received ${got})`)
  }
  if (converted.kind !== original.kind) {
    throw wrong(indexed, `invalid kind (expected ${original.kind}, received ${converted.kind})`)
  }
  const { metadata } = converted
  const changed = isMap(metadata) ? changeOf(original.metadata, metadata) : undefined
  if (changed) throw wrong(isList ? indexed : 'invalid object', changed)
  const place = isList ? `invalid metadata in object at index ${at}` : 'invalid metadata'
  try {
    const { kind, apiVersion: version, metadata: _metadata, ...rest } = converted
    return Object({ kind, apiVersion: version, metadata: restored(original.metadata, metadata), ...rest })
  } catch (cause) {
    throw wrong(place, textOf(cause))
  }
}

/** What makes an object the same one. */
function changeOf(original: CustomObject['metadata'], metadata: Record<string, unknown>): string | undefined {
  const parts = [
    ['name', original.name, metadata.name],
    ['namespace', original.namespace, metadata.namespace],
    ['UID', original.uid, metadata.uid],
  ] as const
  for (const [what, before, after] of parts) {
    const [was, is] = [before ?? '', after ?? '']
    if (was !== is) return `must have the same ${what}: ${was} != ${String(is)}`
  }
  return undefined
}

/** Labels and annotations are a webhook's to change; all other metadata stays as it was. */
function restored(original: CustomObject['metadata'], metadata: unknown): object {
  if (metadata === undefined) throw new Error('missing metadata in converted object')
  if (!isMap(metadata)) throw new Error(`invalid metadata of type ${goType(metadata)} in converted object`)
  const kept: Record<string, unknown> = { ...original }
  for (const name of ['labels', 'annotations'] as const) {
    const sent = metadata[name]
    if (sent === undefined || sent === null) {
      delete kept[name]
      continue
    }
    if (!isMap(sent)) throw new Error(`invalid metadata.${name} of type ${goType(sent)} in converted object`)
    const texts: Record<string, string> = {}
    for (const [key, value] of Object.entries(sent)) {
      if (typeof value !== 'string') {
        throw new Error(`metadata.${name}[${key}] must be a string, but is ${goType(value)} in converted object`)
      }
      texts[key] = value
    }
    if (!deepEqual(texts, original[name] ?? {})) {
      const errors =
        name === 'labels' ? validateLabels(texts, 'metadata.labels') : validateAnnotations(texts, 'metadata.annotation')
      if (errors.length > 0) throw new Error(formatFieldErrors(errors))
    }
    kept[name] = texts
  }
  return kept
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
