import type { Volume } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  goQuote,
  isDNS1123Label,
  isDNS1123Subdomain,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { tryParse } from '../../../quantities.ts'
import { validateClaimTemplate } from '../../persistent-volume-claim-validation.ts'
import * as sources from '../../volume-sources.ts'
import type { AVolume, PodContext, Volumes } from './context.ts'
import { validateDownwardFile, validateFiles, validateMode } from './files.ts'
import { validateProjected } from './projected.ts'

const { demand } = sources
const pullPolicies = ['Always', 'IfNotPresent', 'Never']

/**
 * As `ValidateVolumes`. What containers can mount are the volumes without fault: `volumes` gets those.
 */
export function validateVolumes(all: readonly AVolume[], field: string, context: PodContext, volumes: Volumes) {
  // Claims of ephemeral volumes have names that follow from the pod's, where that is known.
  const made = new Set(
    all.flatMap(({ ephemeral, name }) => (ephemeral && context.name ? `${context.name}-${name}` : [])),
  )
  return all.flatMap((volume, i) => {
    const at = `${field}[${i}]`
    const errors = validateSource(volume, at, context)
    const { name = '' } = volume
    if (name === '') errors.push(fieldRequired(`${at}.name`))
    else errors.push(...refusals(`${at}.name`, name, isDNS1123Label(name)))
    if (volumes.has(name)) errors.push(fieldDuplicate(`${at}.name`, name))
    if (errors.length === 0) volumes.set(name, volume)
    const claim = volume.persistentVolumeClaim?.claimName
    if (claim === undefined || !made.has(claim)) return errors
    const detail = 'must not reference a PVC that gets created for an ephemeral volume'
    return [...errors, fieldInvalid(`${at}.persistentVolumeClaim.claimName`, claim, detail)]
  })
}

type SourceName = Exclude<keyof Volume, 'name'>
type Sources = { readonly [K in SourceName]: DeepReadonly<NonNullable<Volume[K]>> }
type Rules = {
  readonly [K in SourceName]: (source: Sources[K], at: string, volume: AVolume, context: PodContext) => FieldError[]
}

/** All sources, in the order in which upstream looks at them: the first is the volume's. */
const rules: Rules = {
  emptyDir({ sizeLimit }, at) {
    if (sizeLimit === undefined || (tryParse(sizeLimit)?.sign() ?? -1) >= 0) return []
    return [fieldForbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
  },
  hostPath: sources.validateHostPath,
  gitRepo: sources.validateGitRepo,
  gcePersistentDisk: (source, at) =>
    sources.validateGCEDisk(source, at.replace(/gcePersistentDisk$/, 'persistentDisk')),
  awsElasticBlockStore: sources.validateAWSDisk,
  secret: (source, at) => [...demand(source, at, 'secretName'), ...validateFiles(source, at)],
  nfs: sources.validateNFS,
  iscsi: (source, at, { name }) => sources.validateISCSI(source, name ?? '', at),
  glusterfs: (source, at) => demand(source, at, 'endpoints', 'path'),
  flocker: sources.validateFlocker,
  persistentVolumeClaim: (source, at) => demand(source, at, 'claimName'),
  rbd: (source, at) => demand(source, at, 'monitors', 'image'),
  cinder: (source, at) => [
    ...demand(source, at, 'volumeID'),
    ...sources.validateSecretRef(source.secretRef, at, false),
  ],
  cephfs: (source, at) => demand(source, at, 'monitors'),
  quobyte: sources.validateQuobyte,
  downwardAPI: (source, at) => [
    ...validateMode(source.defaultMode, `${at}.defaultMode`),
    ...(source.items ?? []).flatMap((file) => validateDownwardFile(file, at)),
  ],
  fc: sources.validateFC,
  flexVolume: sources.validateFlex,
  configMap: (source, at) => [...demand(source, at, 'name'), ...validateFiles(source, at)],
  azureFile: (source, at) => demand(source, at, 'secretName', 'shareName'),
  vsphereVolume: (source, at) => demand(source, at, 'volumePath'),
  photonPersistentDisk: (source, at) => demand(source, at, 'pdID'),
  portworxVolume: (source, at) => demand(source, at, 'volumeID'),
  azureDisk: sources.validateAzureDisk,
  storageos: (source, at) => sources.validateStorageOS(source, at),
  projected: (source, at, _volume, context) => validateProjected(source, at, context),
  scaleIO: (source, at) => demand(source, at, 'gateway', 'system', 'volumeName'),
  csi(source, at) {
    const errors = sources.validateDriverName(source.driver ?? '', `${at}.driver`)
    const reference = source.nodePublishSecretRef
    if (!reference) return errors
    const { name = '' } = reference
    if (name === '') return [...errors, fieldRequired(`${at}.nodePublishSecretRef.name`)]
    return [...errors, ...refusals(`${at}.name`, name, isDNS1123Subdomain(name))]
  },
  ephemeral({ volumeClaimTemplate: template }, at, { name = '' }, context) {
    const field = `${at}.volumeClaimTemplate`
    const errors = template ? validateClaimTemplate(template, field) : [fieldRequired(field)]
    if (!context.name || name === '') return errors
    const claim = `${context.name}-${name}`
    const details = isDNS1123Subdomain(claim).map((detail) => `PVC name ${goQuote(claim)}: ${detail}`)
    return [...errors, ...refusals(`${at.replace(/\.ephemeral$/, '')}.name`, name, details)]
  },
  image({ reference, pullPolicy = '' }, at, _volume, { isPod }) {
    const errors: FieldError[] = isPod && !reference ? [fieldRequired(`${at}.reference`)] : []
    if (pullPolicy === '') errors.push(fieldRequired(`${at}.pullPolicy`))
    else if (!pullPolicies.includes(pullPolicy)) {
      errors.push(fieldNotSupported(`${at}.pullPolicy`, pullPolicy, pullPolicies))
    }
    return errors
  },
}

/** Names under which upstream refuses a second source, where they are not the field's. */
const misnamed: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' }
const names = ownKeys(rules)

/** Exactly one source. As `validateVolumeSource`. */
function validateSource(volume: AVolume, field: string, context: PodContext): FieldError[] {
  const present = names.filter((name) => volume[name] !== undefined)
  if (present.length === 0) return [fieldRequired(field, 'must specify a volume type')]
  return present.flatMap((name, i) => {
    if (i === 0) return validateOne(name, volume, field, context)
    return [fieldForbidden(`${field}.${misnamed[name] ?? name}`, 'may not specify more than 1 volume type')]
  })
}

function validateOne<K extends SourceName>(name: K, volume: AVolume, field: string, context: PodContext): FieldError[] {
  const sources: Partial<Sources> = volume
  const source: Sources[K] | undefined = sources[name]
  return source === undefined ? [] : rules[name](source, `${field}.${name}`, volume, context)
}

function ownKeys<T extends object>(object: T): (keyof T & string)[] {
  const keys: (keyof T & string)[] = []
  for (const key in object) keys.push(key)
  return keys
}
