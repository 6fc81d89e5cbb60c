import type { VolumeDevice, VolumeMount } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldRequired,
} from '@wherry/apimachinery'
import type { AVolume } from './context.ts'

interface WithVolumes {
  readonly volumeMounts?: DeepReadonly<VolumeMount[]>
  readonly volumeDevices?: DeepReadonly<VolumeDevice[]>
  readonly securityContext?: { readonly privileged?: boolean }
}
type Volumes = ReadonlyMap<string, AVolume>

const propagations = ['Bidirectional', 'HostToContainer', 'None']
const recursive = ['Disabled', 'Enabled', 'IfPossible']

/** As `ValidateVolumeMounts`; some paths leave the mount's number out, as upstream's do. */
export function validateVolumeMounts(container: WithVolumes, volumes: Volumes, field: string): FieldError[] {
  const paths = new Set<string>()
  const devices = container.volumeDevices ?? []
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = `${field}[${i}]`
    const { name = '', mountPath = '' } = mount
    const errors: FieldError[] = []
    if (name === '') errors.push(fieldRequired(`${at}.name`))
    if (!volumes.has(name)) errors.push(fieldNotFound(`${at}.name`, name))
    if (mountPath === '') errors.push(fieldRequired(`${at}.mountPath`))
    if (paths.has(mountPath)) errors.push(fieldInvalid(`${at}.mountPath`, mountPath, 'must be unique'))
    paths.add(mountPath)
    if (devices.some((device) => device.name === name)) {
      errors.push(fieldInvalid(`${at}.name`, name, 'must not already exist in volumeDevices'))
    }
    if (devices.some(({ devicePath }) => devicePath === mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices'
      errors.push(fieldInvalid(`${at}.mountPath`, mountPath, detail))
    }
    return [...errors, ...validateSubPaths(mount, field, at), ...validatePropagation(mount, container, field)]
  })
}

function validateSubPaths({ subPath, subPathExpr }: DeepReadonly<VolumeMount>, field: string, at: string) {
  const errors: FieldError[] = subPath ? validateDescendingPath(subPath, `${field}.subPath`) : []
  if (!subPathExpr) return errors
  if (subPath) {
    errors.push(fieldInvalid(`${at}.subPathExpr`, subPathExpr, 'subPathExpr and subPath are mutually exclusive'))
  }
  return [...errors, ...validateDescendingPath(subPathExpr, `${field}.subPathExpr`)]
}

function validatePropagation(mount: DeepReadonly<VolumeMount>, container: WithVolumes, field: string): FieldError[] {
  const errors: FieldError[] = []
  const { mountPropagation: propagation, recursiveReadOnly, readOnly } = mount
  if (propagation !== undefined) {
    if (!propagations.includes(propagation)) {
      errors.push(fieldNotSupported(`${field}.mountPropagation`, propagation, propagations))
    }
    if (propagation === 'Bidirectional' && !container.securityContext?.privileged) {
      const detail = 'Bidirectional mount propagation is available only to privileged containers'
      errors.push(fieldForbidden(`${field}.mountPropagation`, detail))
    }
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return errors
  const at = `${field}.recursiveReadOnly`
  if (!recursive.includes(recursiveReadOnly)) return [...errors, fieldNotSupported(at, recursiveReadOnly, recursive)]
  if (!readOnly) errors.push(fieldForbidden(at, 'may only be specified when readOnly is true'))
  if (propagation !== undefined && propagation !== 'None') {
    errors.push(fieldForbidden(at, 'may only be specified when mountPropagation is None or not specified'))
  }
  return errors
}

/** As `ValidateVolumeDevices`. */
export function validateVolumeDevices(container: WithVolumes, volumes: Volumes, field: string): FieldError[] {
  const paths = new Set<string>()
  const names = new Set<string>()
  const mounts = container.volumeMounts ?? []
  return (container.volumeDevices ?? []).flatMap(({ name = '', devicePath = '' }, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = []
    if (name === '') errors.push(fieldRequired(`${at}.name`))
    if (names.has(name)) errors.push(fieldInvalid(`${at}.name`, name, 'must be unique'))
    const volume = volumes.get(name)
    if (!volume) errors.push(fieldNotFound(`${at}.name`, name))
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
      errors.push(fieldInvalid(`${at}.name`, name, detail))
    }
    if (devicePath === '') errors.push(fieldRequired(`${at}.devicePath`))
    if (paths.has(devicePath)) errors.push(fieldInvalid(`${at}.devicePath`, devicePath, 'must be unique'))
    if (devicePath.split('/').includes('..')) {
      errors.push(fieldInvalid(`${at}.devicePath`, devicePath, "can not contain backsteps ('..')"))
    } else paths.add(devicePath)
    if (mounts.some((mount) => mount.name === name)) {
      errors.push(fieldInvalid(`${at}.name`, name, 'must not already exist in volumeMounts'))
    }
    if (mounts.some(({ mountPath }) => mountPath === devicePath)) {
      const detail = 'must not already exist as a path in volumeMounts'
      errors.push(fieldInvalid(`${at}.devicePath`, devicePath, detail))
    }
    if (name !== '') names.add(name)
    return errors
  })
}

/** A relative path that leads nowhere up. As `validateLocalDescendingPath`. */
export function validateDescendingPath(path: string, field: string): FieldError[] {
  const errors: FieldError[] = path.startsWith('/') ? [fieldInvalid(field, path, 'must be a relative path')] : []
  return [...errors, ...validateNoBacksteps(path, field)]
}

export function validateNoBacksteps(path: string, field: string): FieldError[] {
  return path.split('/').includes('..') ? [fieldInvalid(field, path, "must not contain '..'")] : []
}
