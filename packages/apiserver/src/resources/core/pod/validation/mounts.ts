import type { PodSpec, VolumeDevice, VolumeMount } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldRequired,
} from '@wherry/apimachinery'

interface WithVolumes {
  readonly volumeMounts?: DeepReadonly<VolumeMount[]>
  readonly volumeDevices?: DeepReadonly<VolumeDevice[]>
  readonly securityContext?: { readonly privileged?: boolean }
}

const propagations = ['Bidirectional', 'HostToContainer', 'None']
const recursive = ['Disabled', 'Enabled', 'IfPossible']

/** As `ValidateVolumeMounts`. */
export function validateVolumeMounts(container: WithVolumes, spec: DeepReadonly<PodSpec>, field: string): FieldError[] {
  const volumes = new Set((spec.volumes ?? []).map(({ name }) => name))
  const paths = new Set<string>()
  const devices = container.volumeDevices ?? []
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = []
    if (!mount.name) errors.push(fieldRequired(`${at}.name`))
    if (!volumes.has(mount.name)) errors.push(fieldNotFound(`${at}.name`, mount.name ?? ''))
    if (!mount.mountPath) errors.push(fieldRequired(`${at}.mountPath`))
    if (paths.has(mount.mountPath)) errors.push(fieldInvalid(`${at}.mountPath`, mount.mountPath, 'must be unique'))
    paths.add(mount.mountPath)
    if (devices.some(({ name }) => name === mount.name)) {
      errors.push(fieldInvalid(`${at}.name`, mount.name, 'must not already exist in volumeDevices'))
    }
    if (devices.some(({ devicePath }) => devicePath === mount.mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices'
      errors.push(fieldInvalid(`${at}.mountPath`, mount.mountPath, detail))
    }
    if (mount.subPath) errors.push(...validateDescendingPath(mount.subPath, `${at}.subPath`))
    if (mount.subPathExpr) {
      if (mount.subPath) {
        const detail = 'subPathExpr and subPath are mutually exclusive'
        errors.push(fieldInvalid(`${at}.subPathExpr`, mount.subPathExpr, detail))
      }
      errors.push(...validateDescendingPath(mount.subPathExpr, `${at}.subPathExpr`))
    }
    return [...errors, ...validatePropagation(mount, container, at)]
  })
}

function validatePropagation(mount: DeepReadonly<VolumeMount>, container: WithVolumes, field: string): FieldError[] {
  const errors: FieldError[] = []
  const { mountPropagation: propagation, recursiveReadOnly, readOnly } = mount
  if (propagation !== undefined) {
    if (!propagations.includes(propagation)) {
      errors.push(fieldNotSupported(`${field}.mountPropagation`, propagation, propagations))
    } else if (propagation === 'Bidirectional' && !container.securityContext?.privileged) {
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
export function validateVolumeDevices(
  container: WithVolumes,
  spec: DeepReadonly<PodSpec>,
  field: string,
): FieldError[] {
  const volumes = new Map((spec.volumes ?? []).map((volume) => [volume.name, volume]))
  const paths = new Set<string>()
  const names = new Set<string>()
  return (container.volumeDevices ?? []).flatMap(({ name, devicePath }, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = []
    if (!name) errors.push(fieldRequired(`${at}.name`))
    if (names.has(name)) errors.push(fieldInvalid(`${at}.name`, name, 'must be unique'))
    names.add(name)
    const volume = volumes.get(name)
    if (!volume) errors.push(fieldNotFound(`${at}.name`, name))
    else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
      errors.push(fieldInvalid(`${at}.name`, name, detail))
    }
    if (!devicePath) errors.push(fieldRequired(`${at}.devicePath`))
    else if (paths.has(devicePath)) errors.push(fieldInvalid(`${at}.devicePath`, devicePath, 'must be unique'))
    paths.add(devicePath)
    if (devicePath?.split('/').includes('..')) {
      errors.push(fieldInvalid(`${at}.devicePath`, devicePath, 'can not contain backsteps ("..")'))
    }
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
