import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Volume } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { PodObject } from '../pod/pod-object.ts'
import { writeAtomically } from './atomic-writer.ts'
import { hostPath } from './host-path.ts'
import { payloadOf, type PayloadSources } from './payload.ts'
import { VolumeError } from './volume-error.ts'

export type VolumeSpec = DeepReadonly<Volume>

export interface PreparedVolume {
  path: string
  /** Whatever the mount says. */
  readOnly: boolean
  /** A place of the machine rather than one of the agent's. */
  host: boolean
}

export interface VolumeSources extends PayloadSources {
  /** Names the next version's directory. */
  stamp(): string
}

/** Volume types that are files made from API objects, and the names of their directories. */
const projected = {
  configMap: 'kubernetes.io~configmap',
  secret: 'kubernetes.io~secret',
  downwardAPI: 'kubernetes.io~downward-api',
  projected: 'kubernetes.io~projected',
} as const

/** Makes one volume of a pod ready, or brings it up to date. Throws a VolumeError for what cannot be set up now. */
export async function prepareVolume(
  podDir: string,
  pod: PodObject,
  volume: VolumeSpec,
  sources: VolumeSources,
): Promise<PreparedVolume> {
  if (volume.hostPath) return { path: await hostPath(volume.hostPath), readOnly: false, host: true }
  const directory = (plugin: string) => join(podDir, 'volumes', plugin, volume.name)
  for (const type of ['configMap', 'secret', 'downwardAPI', 'projected'] as const) {
    if (volume[type] === undefined) continue
    const path = directory(projected[type])
    await writeAtomically(path, await payloadOf(pod, volume, sources), sources.stamp())
    return { path, readOnly: true, host: false }
  }
  const other = Object.keys(volume).find((key) => key !== 'name' && key !== 'emptyDir')
  if (other !== undefined) throw new VolumeError(`volume type ${other} is not supported by this node's host runtime`)
  const path = directory('kubernetes.io~empty-dir')
  await mkdir(path, { recursive: true, mode: 0o755 })
  await chmod(path, 0o777)
  return { path, readOnly: false, host: false }
}

/** Whether the volume's files are made from objects that change while the pod runs. */
export function isLive(volume: VolumeSpec): boolean {
  return Object.keys(projected).some((type) => type in volume)
}
