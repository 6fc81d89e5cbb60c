import type { Volume } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { tryParse } from '../../../quantities.ts'
import { validateClaimSpec } from '../../persistent-volume-claim-validation.ts'
import { validateDownwardFile, validateFiles, validateMode } from './files.ts'
import { validateNoBacksteps } from './mounts.ts'
import { validateProjected } from './projected.ts'

type AVolume = DeepReadonly<Volume>

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
]

/** As `ValidateVolumes`. */
export function validateVolumes(volumes: readonly AVolume[], field: string): FieldError[] {
  const names = new Set<string>()
  return volumes.flatMap((volume, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = []
    if (!volume.name) errors.push(fieldRequired(`${at}.name`))
    else {
      errors.push(...refusals(`${at}.name`, volume.name, isDNS1123Label(volume.name)))
      if (names.has(volume.name)) errors.push(fieldDuplicate(`${at}.name`, volume.name))
      names.add(volume.name)
    }
    return [...errors, ...validateSource(volume, at)]
  })
}

/** Exactly one source. As `validateVolumeSource`. */
function validateSource(volume: AVolume, field: string): FieldError[] {
  const present = Object.keys(volume).filter((key) => key !== 'name' && Reflect.get(volume, key) !== undefined)
  if (present.length === 0) return [fieldRequired(field, 'must specify a volume type')]
  const errors = present
    .slice(1)
    .map((name) => fieldForbidden(`${field}.${name}`, 'may not specify more than 1 volume type'))
  const at = `${field}.${present[0]}`
  switch (present[0]) {
    case 'hostPath':
      return [...errors, ...validateHostPath(volume, at)]
    case 'emptyDir': {
      const limit = volume.emptyDir?.sizeLimit
      if (limit === undefined || (tryParse(limit)?.sign() ?? -1) >= 0) return errors
      return [...errors, fieldForbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
    }
    case 'secret':
      if (!volume.secret?.secretName) errors.push(fieldRequired(`${at}.secretName`))
      return [...errors, ...validateFiles(volume.secret, at)]
    case 'configMap':
      if (!volume.configMap?.name) errors.push(fieldRequired(`${at}.name`))
      return [...errors, ...validateFiles(volume.configMap, at)]
    case 'downwardAPI':
      return [
        ...errors,
        ...validateMode(volume.downwardAPI?.defaultMode, `${at}.defaultMode`),
        ...(volume.downwardAPI?.items ?? []).flatMap((file) => validateDownwardFile(file, at)),
      ]
    case 'projected':
      return [...errors, ...validateProjected(volume.projected ?? {}, at)]
    case 'persistentVolumeClaim':
      return volume.persistentVolumeClaim?.claimName ? errors : [...errors, fieldRequired(`${at}.claimName`)]
    case 'nfs':
      return [...errors, ...validateNFS(volume, at)]
    case 'ephemeral':
      if (!volume.ephemeral?.volumeClaimTemplate) return [...errors, fieldRequired(`${at}.volumeClaimTemplate`)]
      return [
        ...errors,
        ...validateClaimSpec(volume.ephemeral.volumeClaimTemplate.spec, `${at}.volumeClaimTemplate.spec`),
      ]
    case 'csi':
      return volume.csi?.driver ? errors : [...errors, fieldRequired(`${at}.driver`)]
    default:
      return errors
  }
}

function validateHostPath({ hostPath }: AVolume, field: string): FieldError[] {
  if (!hostPath?.path) return [fieldRequired(`${field}.path`)]
  const errors = validateNoBacksteps(hostPath.path, `${field}.path`)
  if (hostPath.type !== undefined && !hostPathTypes.includes(hostPath.type)) {
    errors.push(fieldNotSupported(`${field}.type`, hostPath.type, hostPathTypes))
  }
  return errors
}

function validateNFS({ nfs }: AVolume, field: string): FieldError[] {
  const errors: FieldError[] = nfs?.server ? [] : [fieldRequired(`${field}.server`)]
  if (!nfs?.path) errors.push(fieldRequired(`${field}.path`))
  else if (!nfs.path.startsWith('/')) errors.push(fieldInvalid(`${field}.path`, nfs.path, 'must be an absolute path'))
  return errors
}
