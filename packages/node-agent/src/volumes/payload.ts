import type { ConfigMap, DownwardAPIVolumeFile, KeyToPath, Secret } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { type PodFacts, podField, resourceField } from '../pod/field-ref.ts'
import { containerNamed, type PodObject } from '../pod/pod-object.ts'
import type { Payload, ProjectedFile } from './atomic-writer.ts'
import type { VolumeSpec } from './volume.ts'
import { VolumeError } from './volume-error.ts'

export interface PayloadSources extends PodFacts {
  configMap(name: string): Promise<DeepReadonly<ConfigMap> | undefined>
  secret(name: string): Promise<DeepReadonly<Secret> | undefined>
  /** A service account token for this pod; kept until it is worth renewing. */
  token(audience: string, expirationSeconds: number): Promise<string>
}

const defaultMode = 0o644

/** The files of a configMap, secret, downwardAPI or projected volume. */
export async function payloadOf(pod: PodObject, volume: VolumeSpec, sources: PayloadSources): Promise<Payload> {
  const files = new Map<string, ProjectedFile>()
  const { configMap, secret, downwardAPI, projected } = volume
  if (configMap) await addConfigMap(files, pod, configMap, configMap.defaultMode, sources)
  if (secret) {
    const { secretName: name = '', items, optional } = secret
    await addSecret(files, pod, { name, items, optional }, secret.defaultMode, sources)
  }
  if (downwardAPI) addDownward(files, pod, downwardAPI.items ?? [], downwardAPI.defaultMode, sources)
  const mode = projected?.defaultMode
  for (const source of projected?.sources ?? []) {
    if (source.configMap) await addConfigMap(files, pod, source.configMap, mode, sources)
    if (source.secret) await addSecret(files, pod, source.secret, mode, sources)
    if (source.downwardAPI) addDownward(files, pod, source.downwardAPI.items ?? [], mode, sources)
    if (source.serviceAccountToken) {
      const { audience = '', expirationSeconds = 3600, path } = source.serviceAccountToken
      files.set(path, {
        data: Buffer.from(await sources.token(audience, expirationSeconds)),
        mode: mode ?? defaultMode,
      })
    }
    if (source.clusterTrustBundle) throw new VolumeError('projected clusterTrustBundle sources are not supported')
    if (source.podCertificate) throw new VolumeError('projected podCertificate sources are not supported')
  }
  return files
}

interface KeySource {
  name?: string
  items?: readonly DeepReadonly<KeyToPath>[] | undefined
  optional?: boolean | undefined
}

async function addConfigMap(
  files: Map<string, ProjectedFile>,
  pod: PodObject,
  source: KeySource,
  mode: number | undefined,
  sources: PayloadSources,
): Promise<void> {
  const object = await sources.configMap(source.name ?? '')
  if (!object && !source.optional) throw new VolumeError(`configmap "${source.name}" not found`)
  const data = new Map<string, Buffer>()
  for (const [key, value] of Object.entries(object?.data ?? {})) data.set(key, Buffer.from(value))
  for (const [key, value] of Object.entries(object?.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'))
  addKeys(
    files,
    data,
    source,
    mode,
    (key) => `configmap ${pod.metadata.namespace}/${source.name} references non-existent config key: ${key}`,
  )
}

async function addSecret(
  files: Map<string, ProjectedFile>,
  pod: PodObject,
  source: KeySource,
  mode: number | undefined,
  sources: PayloadSources,
): Promise<void> {
  const object = await sources.secret(source.name ?? '')
  if (!object && !source.optional) throw new VolumeError(`secret "${source.name}" not found`)
  const entries = Object.entries(object?.data ?? {})
  const data = new Map(entries.map(([key, value]) => [key, Buffer.from(value, 'base64')]))
  addKeys(
    files,
    data,
    source,
    mode,
    (key) => `secret ${pod.metadata.namespace}/${source.name} references non-existent secret key: ${key}`,
  )
}

function addKeys(
  files: Map<string, ProjectedFile>,
  data: ReadonlyMap<string, Buffer>,
  source: KeySource,
  mode: number | undefined,
  missing: (key: string) => string,
): void {
  const items = source.items?.length
    ? source.items
    : [...data.keys()].map((key) => ({ key, path: key, mode: undefined }))
  for (const item of items) {
    const content = data.get(item.key)
    if (content) files.set(item.path, { data: content, mode: item.mode ?? mode ?? defaultMode })
    else if (!source.optional) throw new VolumeError(missing(item.key))
  }
}

function addDownward(
  files: Map<string, ProjectedFile>,
  pod: PodObject,
  items: readonly DeepReadonly<DownwardAPIVolumeFile>[],
  mode: number | undefined,
  sources: PayloadSources,
): void {
  for (const { path, fieldRef, resourceFieldRef, mode: ownMode } of items) {
    let text: string | undefined
    if (fieldRef) text = podField(pod, fieldRef.fieldPath, sources)
    if (resourceFieldRef) {
      const { containerName = '', resource, divisor } = resourceFieldRef
      const container = containerNamed(pod, containerName)
      if (container) text = resourceField(container, resource, divisor, sources)
    }
    if (text === undefined) throw new VolumeError(`unsupported downward API item ${path}`)
    files.set(path, { data: Buffer.from(text), mode: ownMode ?? mode ?? defaultMode })
  }
}
