import { chmod, mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ConfigMap, KeyToPath, Pod, Secret, Volume } from '@wherry/api'
import { type PodFacts, podField, resourceField } from '../pod/field-ref.ts'
import { type Payload, type ProjectedFile, writeAtomically } from './atomic-writer.ts'

export interface VolumeSources extends PodFacts {
  configMap(name: string): Promise<ConfigMap | undefined>
  secret(name: string): Promise<Secret | undefined>
  /** A service account token for this pod; kept until it is worth renewing. */
  token(audience: string, expirationSeconds: number): Promise<string>
  /** Names the next version's directory. */
  stamp(): string
}

export interface PreparedVolume {
  path: string
  readOnly: boolean
  /** A directory of the host rather than one of the agent's. */
  host: boolean
}

/** A volume that cannot be set up now; the message is in the kubelet's words. */
export class VolumeError extends Error {
  override name = 'VolumeError'
}

const plugins: Record<string, string> = {
  emptyDir: 'kubernetes.io~empty-dir',
  configMap: 'kubernetes.io~configmap',
  secret: 'kubernetes.io~secret',
  downwardAPI: 'kubernetes.io~downward-api',
  projected: 'kubernetes.io~projected',
}

/** Makes one volume of a pod ready, or brings it up to date. */
export async function prepareVolume(
  podDir: string,
  pod: Pod,
  volume: Volume,
  sources: VolumeSources,
): Promise<PreparedVolume> {
  if (volume.hostPath) return hostPath(volume)
  const type = Object.keys(plugins).find((name) => name in volume && volume[name as keyof Volume] !== undefined)
  if (type === undefined) {
    const named = Object.keys(volume).find((key) => key !== 'name')
    if (named !== undefined) throw new VolumeError(`volume type ${named} is not supported by this node's host runtime`)
  }
  const path = join(podDir, 'volumes', plugins[type ?? 'emptyDir'] ?? '', volume.name)
  await mkdir(path, { recursive: true, mode: 0o755 })
  if (type === undefined || type === 'emptyDir') {
    await chmod(path, 0o777)
    return { path, readOnly: false, host: false }
  }
  await writeAtomically(path, await payloadOf(pod, volume, sources), sources.stamp())
  return { path, readOnly: true, host: false }
}

async function payloadOf(pod: Pod, volume: Volume, sources: VolumeSources): Promise<Payload> {
  const files = new Map<string, ProjectedFile>()
  if (volume.configMap) await addConfigMap(files, pod, volume.configMap, volume.configMap.defaultMode, sources)
  if (volume.secret) {
    const { secretName, ...rest } = volume.secret
    await addSecret(files, pod, { ...rest, name: secretName ?? '' }, volume.secret.defaultMode, sources)
  }
  if (volume.downwardAPI)
    addDownward(files, pod, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode, sources)
  const mode = volume.projected?.defaultMode
  for (const source of volume.projected?.sources ?? []) {
    if (source.configMap) await addConfigMap(files, pod, source.configMap, mode, sources)
    if (source.secret) await addSecret(files, pod, source.secret, mode, sources)
    if (source.downwardAPI) addDownward(files, pod, source.downwardAPI.items ?? [], mode, sources)
    if (source.serviceAccountToken) {
      const { audience, expirationSeconds, path } = source.serviceAccountToken
      const token = await sources.token(audience ?? '', Number(expirationSeconds ?? 3600))
      files.set(path, { data: Buffer.from(token), mode: mode ?? 0o644 })
    }
    if (source.clusterTrustBundle) throw new VolumeError('projected clusterTrustBundle sources are not supported')
  }
  return files
}

interface KeySource {
  name?: string | undefined
  items?: readonly KeyToPath[] | undefined
  optional?: boolean | undefined
}

async function addConfigMap(
  files: Map<string, ProjectedFile>,
  pod: Pod,
  source: KeySource,
  mode: number | undefined,
  sources: VolumeSources,
): Promise<void> {
  const object = await sources.configMap(source.name ?? '')
  if (!object && !source.optional) throw new VolumeError(`configmap "${source.name}" not found`)
  const data = new Map<string, Buffer>()
  for (const [key, value] of Object.entries(object?.data ?? {})) data.set(key, Buffer.from(value))
  for (const [key, value] of Object.entries(object?.binaryData ?? {})) data.set(key, Buffer.from(value, 'base64'))
  addKeys(files, data, source, mode, `configmap references non-existent config key`, pod)
}

async function addSecret(
  files: Map<string, ProjectedFile>,
  pod: Pod,
  source: KeySource,
  mode: number | undefined,
  sources: VolumeSources,
): Promise<void> {
  const object = await sources.secret(source.name ?? '')
  if (!object && !source.optional) throw new VolumeError(`secret "${source.name}" not found`)
  const data = new Map(Object.entries(object?.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')]))
  addKeys(files, data, source, mode, 'references non-existent secret key', pod)
}

function addKeys(
  files: Map<string, ProjectedFile>,
  data: ReadonlyMap<string, Buffer>,
  source: KeySource,
  mode: number | undefined,
  missing: string,
  _pod: Pod,
): void {
  const items = source.items ?? [...data.keys()].map((key) => ({ key, path: key }) as KeyToPath)
  for (const item of items) {
    const content = data.get(item.key)
    if (content) files.set(item.path, { data: content, mode: item.mode ?? mode ?? 0o644 })
    else if (!source.optional) throw new VolumeError(`${missing}: ${item.key}`)
  }
}

function addDownward(
  files: Map<string, ProjectedFile>,
  pod: Pod,
  items: NonNullable<NonNullable<Volume['downwardAPI']>['items']>,
  mode: number | undefined,
  sources: VolumeSources,
): void {
  for (const item of items) {
    let text: string | undefined
    if (item.fieldRef) text = podField(pod, item.fieldRef.fieldPath, sources)
    if (item.resourceFieldRef) {
      const { containerName, resource, divisor } = item.resourceFieldRef
      const container = pod.spec?.containers.find(({ name }) => name === containerName)
      if (container)
        text = resourceField(container, resource, divisor === undefined ? undefined : String(divisor), sources)
    }
    if (text === undefined) throw new VolumeError(`unsupported downward API item ${item.path}`)
    files.set(item.path, { data: Buffer.from(text), mode: item.mode ?? mode ?? 0o644 })
  }
}

async function hostPath(volume: Volume): Promise<PreparedVolume> {
  const { path = '', type = '' } = volume.hostPath ?? {}
  const found = await stat(path).catch(() => undefined)
  if (!found && type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 })
  else if (!found && type === 'FileOrCreate') {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '', { flag: 'a' })
  } else if (!found) throw new VolumeError(`hostPath type check failed: ${path} does not exist`)
  const checks: Record<string, boolean | undefined> = {
    Directory: found?.isDirectory(),
    File: found?.isFile(),
    Socket: found?.isSocket(),
    CharDevice: found?.isCharacterDevice(),
    BlockDevice: found?.isBlockDevice(),
  }
  const words: Record<string, string> = {
    Directory: 'a directory',
    File: 'a file',
    Socket: 'a socket file',
    CharDevice: 'a character device',
    BlockDevice: 'a block device',
  }
  if (type in checks && !checks[type])
    throw new VolumeError(`hostPath type check failed: ${path} is not ${words[type]}`)
  return { path, readOnly: false, host: true }
}
