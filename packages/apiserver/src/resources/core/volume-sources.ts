import type { PersistentVolumeSpec, Volume } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  isDNS1123Label,
  isDNS1123Subdomain,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { validateDescendingPath, validateNoBacksteps } from './pod/validation/mounts.ts'

// The sources that volumes of pods and persistent volumes share. As pkg/apis/core/validation, `validate…VolumeSource`.

type Source<K extends keyof Volume> = DeepReadonly<NonNullable<Volume[K]>>
type Reference = { readonly name?: string; readonly namespace?: string } | undefined

/** One `Required value` for each of these members that is absent or empty. */
export function demand(source: object | undefined, field: string, ...names: readonly string[]): FieldError[] {
  return names.flatMap((name) => {
    const value: unknown = source === undefined ? undefined : Reflect.get(source, name)
    const empty = value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
    return empty ? [fieldRequired(`${field}.${name}`)] : []
  })
}

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

export function validateHostPath(source: Source<'hostPath'>, field: string): FieldError[] {
  if (!source.path) return [fieldRequired(`${field}.path`)]
  const errors = validateNoBacksteps(source.path, `${field}.path`)
  if (source.type !== undefined && !hostPathTypes.includes(source.type)) {
    errors.push(fieldNotSupported(`${field}.type`, source.type, hostPathTypes))
  }
  return errors
}

export function validateGitRepo(source: Source<'gitRepo'>, field: string): FieldError[] {
  return [
    ...demand(source, field, 'repository'),
    ...validateDescendingPath(source.directory ?? '', `${field}.directory`),
  ]
}

/** The message begins at 1, though 0 (the whole disk) is fine, too. */
function validatePartition(partition = 0, field: string): FieldError[] {
  if (partition >= 0 && partition <= 255) return []
  return [fieldInvalid(`${field}.partition`, partition, 'must be between 1 and 255, inclusive')]
}

export function validateGCEDisk(source: Source<'gcePersistentDisk'>, field: string): FieldError[] {
  return [...demand(source, field, 'pdName'), ...validatePartition(source.partition, field)]
}

export function validateAWSDisk(source: Source<'awsElasticBlockStore'>, field: string): FieldError[] {
  return [...demand(source, field, 'volumeID'), ...validatePartition(source.partition, field)]
}

export function validateNFS(source: Source<'nfs'>, field: string): FieldError[] {
  const errors = demand(source, field, 'server', 'path')
  const { path = '' } = source
  return path.startsWith('/') ? errors : [...errors, fieldInvalid(`${field}.path`, path, 'must be an absolute path')]
}

const initiatorForms: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
}

function validateInitiator(name: string, field: string, otherDetail: string): FieldError[] {
  const prefix = name.slice(0, 3)
  const form = Object.hasOwn(initiatorForms, prefix) ? initiatorForms[prefix] : undefined
  if (form === undefined) return [fieldInvalid(field, name, otherDetail)]
  return form.test(name) ? [] : [fieldInvalid(field, name, 'must be valid format')]
}

const tooLongPortal =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.'

/** Of a pod's volume; `volume` is its name. */
export function validateISCSI(source: Source<'iscsi'>, volume: string, field: string): FieldError[] {
  const errors = validateISCSITarget(source, field, 'must be valid format starting with iqn, eui, or naa')
  if (!longPortal(source, volume)) return errors
  return [...errors, fieldInvalid(`${field.replace(/\.iscsi$/, '')}.name`, volume, tooLongPortal)]
}

/** Of the persistent volume of this name. */
export function validatePersistentISCSI(
  source: DeepReadonly<NonNullable<PersistentVolumeSpec['iscsi']>>,
  volume: string,
  field: string,
): FieldError[] {
  const errors = validateISCSITarget(source, field, 'must be valid format')
  if (longPortal(source, volume)) errors.push(fieldInvalid(`${field}.targetportal`, source.targetPortal, tooLongPortal))
  return [...errors, ...(source.secretRef ? demand(source.secretRef, `${field}.secretRef`, 'name') : [])]
}

interface Target {
  readonly targetPortal: string
  readonly iqn: string
  readonly lun: number
  readonly chapAuthDiscovery?: boolean
  readonly chapAuthSession?: boolean
  readonly initiatorName?: string
  readonly secretRef?: object
}

const longPortal = ({ initiatorName, targetPortal = '' }: Target, volume: string): boolean =>
  initiatorName !== undefined && byteLength(`${volume}:${targetPortal}`) > 64

function validateISCSITarget(source: Target, field: string, otherDetail: string): FieldError[] {
  const errors = demand(source, field, 'targetPortal', 'iqn')
  const { iqn, lun = 0, initiatorName } = source
  if (iqn) errors.push(...validateInitiator(iqn, `${field}.iqn`, otherDetail))
  if (lun < 0 || lun > 255) errors.push(fieldInvalid(`${field}.lun`, lun, 'must be between 0 and 255, inclusive'))
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) {
    errors.push(fieldRequired(`${field}.secretRef`))
  }
  if (initiatorName !== undefined) {
    errors.push(...validateInitiator(initiatorName, `${field}.initiatorname`, otherDetail))
  }
  return errors
}

export function validateFC(source: Source<'fc'>, field: string): FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = source
  const errors: FieldError[] = []
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(fieldRequired(`${field}.targetWWNs`, 'must specify either targetWWNs or wwids, but not both'))
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    const detail = 'targetWWNs and wwids can not be specified simultaneously'
    errors.push(fieldInvalid(`${field}.targetWWNs`, targetWWNs, detail))
  }
  if (targetWWNs.length === 0) return errors
  if (lun === undefined) errors.push(fieldRequired(`${field}.lun`, 'lun is required if targetWWNs is specified'))
  else if (lun < 0 || lun > 255) errors.push(fieldInvalid(`${field}.lun`, lun, 'must be between 0 and 255, inclusive'))
  return errors
}

export function validateFlocker({ datasetName = '', datasetUUID = '' }: Source<'flocker'>, field: string) {
  const errors: FieldError[] = []
  if (!datasetName && !datasetUUID) {
    errors.push(fieldRequired(field, 'one of datasetName and datasetUUID is required'))
  }
  if (datasetName && datasetUUID) {
    const detail = 'datasetName and datasetUUID can not be specified simultaneously'
    errors.push(fieldInvalid(field, 'resource', detail))
  }
  if (datasetName.includes('/')) {
    errors.push(fieldInvalid(`${field}.datasetName`, datasetName, "must not contain '/'"))
  }
  return errors
}

const pairs = 'must be a host:port pair or multiple pairs separated by commas'

export function validateQuobyte(source: Source<'quobyte'>, field: string): FieldError[] {
  const { registry = '', tenant = '' } = source
  const errors: FieldError[] = []
  if (!registry) errors.push(fieldRequired(`${field}.registry`, pairs))
  else if (byteLength(tenant) >= 65) {
    errors.push(fieldRequired(`${field}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'))
  } else {
    for (const pair of registry.split(',')) {
      if (!/^([^:[\]]*|\[[^[\]]*\]):[^:[\]]*$/.test(pair))
        errors.push(fieldInvalid(`${field}.registry`, registry, pairs))
    }
  }
  return [...errors, ...demand(source, field, 'volume')]
}

/** Options may not be in Kubernetes' own namespaces. */
export function validateFlex(
  source: { readonly driver: string; readonly options?: Readonly<Record<string, string>> },
  field: string,
): FieldError[] {
  const errors = demand(source, field, 'driver')
  for (const key of Object.keys(source.options ?? {})) {
    if (!/\.(kubernetes|k8s)\.io$/.test(`.${key.replace(/\/.*$/s, '').toLowerCase()}`)) continue
    const detail = 'kubernetes.io and k8s.io namespaces are reserved'
    errors.push(fieldInvalid(`${field}.options[${key}]`, key, detail))
  }
  return errors
}

const cachingModes = ['None', 'ReadOnly', 'ReadWrite']
const diskKinds = ['Dedicated', 'Managed', 'Shared']
const managedURI = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}'
const blobURI = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd'

export function validateAzureDisk(source: Source<'azureDisk'>, field: string): FieldError[] {
  const errors = demand(source, field, 'diskName', 'diskURI')
  const { cachingMode, kind, diskURI = '' } = source
  if (cachingMode !== undefined && !cachingModes.includes(cachingMode)) {
    errors.push(fieldNotSupported(`${field}.cachingMode`, cachingMode, cachingModes))
  }
  if (kind !== undefined && !diskKinds.includes(kind)) {
    errors.push(fieldNotSupported(`${field}.kind`, kind, diskKinds))
  }
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) {
    errors.push(fieldNotSupported(`${field}.diskURI`, diskURI, [managedURI]))
  }
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    errors.push(fieldNotSupported(`${field}.diskURI`, diskURI, [blobURI]))
  }
  return errors
}

/** With a namespace where the secret of a persistent volume may be anywhere. */
export function validateStorageOS(
  source: { readonly volumeName?: string; readonly volumeNamespace?: string; readonly secretRef?: Reference },
  field: string,
  namespaced = false,
): FieldError[] {
  const { volumeName = '', volumeNamespace = '', secretRef } = source
  const errors = volumeName
    ? refusals(`${field}.volumeName`, volumeName, isDNS1123Label(volumeName))
    : [fieldRequired(`${field}.volumeName`)]
  if (volumeNamespace) {
    errors.push(...refusals(`${field}.volumeNamespace`, volumeNamespace, isDNS1123Label(volumeNamespace)))
  }
  return [...errors, ...validateSecretRef(secretRef, field, namespaced)]
}

/** What a cinder or storageOS volume says of its secret, where it names one. */
export function validateSecretRef(reference: Reference, field: string, namespaced: boolean): FieldError[] {
  if (!reference) return []
  return demand(reference, `${field}.secretRef`, 'name', ...(namespaced ? ['namespace'] : []))
}

/** As `ValidateCSIDriverName`. */
export function validateDriverName(name: string, field: string): FieldError[] {
  const errors: FieldError[] = name === '' ? [fieldRequired(field)] : []
  if (byteLength(name) > 63) errors.push(fieldTooLong(field, '', 63))
  return [...errors, ...refusals(field, name, isDNS1123Subdomain(name.toLowerCase()))]
}
