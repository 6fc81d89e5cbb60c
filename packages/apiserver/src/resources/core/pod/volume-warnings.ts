import { goQuote } from '@wherry/apimachinery'
import { claimWarnings, deprecatedSources } from '../persistent-volume-warnings.ts'
import type { AVolume, Spec } from './validation/context.ts'

/** In upstream's order. */
const sources = {
  photonPersistentDisk: deprecatedSources.photonPersistentDisk,
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: deprecatedSources.scaleIO,
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: deprecatedSources.storageos,
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: deprecatedSources.glusterfs,
  cephfs: deprecatedSources.cephfs,
  rbd: deprecatedSources.rbd,
} as const
type Source = keyof typeof sources

/** Volumes of kinds that are gone or going, and files that hide a token. */
export function volumesWarnings({ volumes = [] }: Spec, field: string): string[] {
  return [
    ...volumes.flatMap((volume, i) => [
      ...names().flatMap((name) => {
        const shown = name === 'storageos' ? 'storageOS' : name
        return volume[name] === undefined ? [] : [`${field}.volumes[${i}].${shown}: ${sources[name]}`]
      }),
      ...claimWarnings(
        volume.ephemeral?.volumeClaimTemplate?.spec,
        `${field}.volumes[${i}].ephemeral.volumeClaimTemplate.spec`,
      ),
    ]),
    ...tokenWarnings(volumes, field),
  ]
}

function names(): Source[] {
  const found: Source[] = []
  for (const name in sources) if (isSource(name)) found.push(name)
  return found
}

const isSource = (name: string): name is Source => Object.hasOwn(sources, name)

function tokenWarnings(volumes: readonly AVolume[], field: string): string[] {
  const projections = volumes.flatMap(({ projected }, i) =>
    (projected?.sources ?? []).map((source) => [source, i] as const),
  )
  const tokens = new Set(projections.flatMap(([{ serviceAccountToken }]) => serviceAccountToken?.path ?? []))
  return projections.flatMap(([{ configMap, secret, downwardAPI, clusterTrustBundle }, i]) => {
    const at = `${field}.volumes[${i}].projected.sources`
    const warn = (path: string | undefined, where: string) =>
      path && tokens.has(path) ? [`${at}.${where}: has duplicated path with ServiceAccountToken ${goQuote(path)}`] : []
    return [
      ...(configMap?.items ?? []).flatMap(({ path }, j) => warn(path, `configMap[${j}]`)),
      ...(secret?.items ?? []).flatMap(({ path }, j) => warn(path, `secrets[${j}]`)),
      ...(downwardAPI?.items ?? []).flatMap(({ path }, j) => warn(path, `downwardAPI[${j}]`)),
      ...warn(clusterTrustBundle?.path, 'ClusterTrustBundle'),
    ]
  })
}
