import type { ClusterTrustBundleProjection, ProjectedVolumeSource, VolumeProjection } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldRequired,
  isDNS1123Subdomain,
  validateLabelSelector,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { demand } from '../../volume-sources.ts'
import { type PodContext, ratchet } from './context.ts'
import { validateDownwardFile, validateKeyToPath, validateMode, validateNonReservedPath } from './files.ts'

type Source = DeepReadonly<VolumeProjection>

const minTokenSeconds = 600
const maxTokenSeconds = 2 ** 32

/** Several sources in one volume; no two of them at one path. As `validateProjectedVolumeSource`. */
export function validateProjected(
  volume: DeepReadonly<ProjectedVolumeSource>,
  field: string,
  context: PodContext,
): FieldError[] {
  const errors = validateMode(volume.defaultMode, `${field}.defaultMode`)
  const paths = new Set<string>()
  // What upstream shows of a path that is taken is not always the path.
  const take = (path: string | undefined, shown: string | undefined) => {
    if (path && paths.has(path)) errors.push(fieldInvalid(field, shown ?? '', 'conflicting duplicate paths'))
    if (path) paths.add(path)
  }
  for (const [i, source] of (volume.sources ?? []).entries()) {
    const at = `${field}.sources[${i}]`
    for (const name of ['secret', 'configMap'] as const) {
      const files = source[name]
      if (!files) continue
      errors.push(...demand(files, `${at}.${name}`, 'name'))
      for (const [j, item] of (files.items ?? []).entries()) {
        errors.push(...validateKeyToPath(item, `${at}.${name}.items[${j}]`))
        take(item.path, files.name)
      }
    }
    for (const file of source.downwardAPI?.items ?? []) {
      errors.push(...validateDownwardFile(file, `${at}.downwardAPI`))
      take(file.path, file.path)
    }
    errors.push(...validateToken(source, field, at, context))
    if (source.clusterTrustBundle) {
      errors.push(...validateTrustBundle(source.clusterTrustBundle, `${at}.clusterTrustBundle`))
      take(source.clusterTrustBundle.path, source.clusterTrustBundle.path)
    }
    const count = Object.keys(source).filter((key) => Reflect.get(source, key) !== undefined).length
    if (count > 1) errors.push(fieldForbidden(at, 'may not specify more than 1 volume type per source'))
  }
  return errors
}

/** The path's errors are the volume's; upstream leaves the source's place out of them. */
function validateToken(
  { serviceAccountToken: token }: Source,
  volume: string,
  field: string,
  { old }: PodContext,
): FieldError[] {
  if (!token) return []
  const errors: FieldError[] = []
  const at = `${field}.serviceAccountToken.expirationSeconds`
  const seconds = token.expirationSeconds ?? 0
  if (seconds < minTokenSeconds) {
    errors.push(fieldInvalid(at, seconds, 'may not specify a duration less than 10 minutes'))
  }
  if (seconds > maxTokenSeconds) {
    errors.push(fieldInvalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'))
  }
  if (!token.path) return [...errors, fieldRequired(`${volume}.path`)]
  const refused = ratchet(validateNonReservedPath(token.path, `${volume}.path`), () =>
    (old?.volumes ?? []).flatMap(({ projected }) =>
      (projected?.sources ?? []).flatMap((source) =>
        validateNonReservedPath(source.serviceAccountToken?.path ?? '', ''),
      ),
    ),
  )
  return [...errors, ...refused]
}

function validateTrustBundle(bundle: DeepReadonly<ClusterTrustBundleProjection>, field: string): FieldError[] {
  const errors: FieldError[] = []
  const { name, signerName, labelSelector, path = '' } = bundle
  if (name !== undefined && signerName !== undefined) {
    errors.push(fieldInvalid(field, bundle, 'only one of name and signerName may be used'))
  } else if (name !== undefined) {
    if (name === '') errors.push(fieldRequired(`${field}.name`, 'must be a valid object name'))
    const plain = name.slice(name.lastIndexOf(':') + 1)
    const details = isDNS1123Subdomain(plain).map((detail) => `not a valid clustertrustbundlename: ${detail}`)
    errors.push(...refusals(`${field}.name`, name, details))
    if (labelSelector) {
      const detail = 'labelSelector must be unset if name is specified'
      errors.push(fieldInvalid(`${field}.labelSelector`, labelSelector, detail))
    }
  } else if (signerName !== undefined) {
    if (signerName === '') errors.push(fieldRequired(`${field}.signerName`, 'must be a valid signer name'))
    errors.push(...validateLabelSelector(labelSelector, `${field}.labelSelector`))
  } else errors.push(fieldRequired(field, 'either name or signerName must be specified'))
  if (path === '') errors.push(fieldRequired(`${field}.path`))
  return [...errors, ...validateNonReservedPath(path, `${field}.path`)]
}
