import type { PersistentVolume, PersistentVolumeSpec, SecretReference, VolumeNodeAffinity } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  isDNS1123Subdomain,
  semanticEqual,
} from '@wherry/apimachinery'
import { immutable, refusals } from '../fields.ts'
import { tryParse, validateQuantity } from '../quantities.ts'
import { validateNodeSelector } from './pod/validation/affinity.ts'
import { difference } from './pod/validation/difference.ts'
import { validateNoBacksteps } from './pod/validation/mounts.ts'
import * as sources from './volume-sources.ts'

type Value = DeepReadonly<PersistentVolume>
type Spec = DeepReadonly<PersistentVolumeSpec>

const { demand } = sources
export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
const modes = ['Block', 'Filesystem']
const policies = ['Delete', 'Recycle', 'Retain']

/** As `ValidatePersistentVolume`. */
export function validatePersistentVolume({ spec, metadata }: Value, old?: Value): FieldError[] {
  if (!spec) return [fieldRequired('spec')]
  const errors: FieldError[] = spec.accessModes?.length ? [] : [fieldRequired('spec.accessModes')]
  errors.push(...validateAccessModes(spec.accessModes, 'spec.accessModes'))
  const capacity = spec.capacity ?? {}
  if (Object.keys(capacity).length === 0) errors.push(fieldRequired('spec.capacity'))
  if (capacity.storage === undefined || Object.keys(capacity).length > 1) {
    const shown = Object.keys(capacity).length === 0 ? null : capacity
    errors.push(fieldNotSupported('spec.capacity', shown, ['storage']))
  }
  for (const [name, text] of Object.entries(capacity)) {
    errors.push(...validateBasic(text, `spec.capacity[${name}]`), ...validateAboveZero(text, `spec.capacity[${name}]`))
  }
  const policy = spec.persistentVolumeReclaimPolicy
  if (policy && !policies.includes(policy)) {
    errors.push(fieldNotSupported('spec.persistentVolumeReclaimPolicy', policy, policies))
  }
  if (spec.nodeAffinity) errors.push(...validateAffinity(spec.nodeAffinity, old?.spec?.nodeAffinity))
  errors.push(...validateSource(spec, metadata.name ?? ''))
  if (spec.hostPath && /^\/+(\.\/*)*$/.test(spec.hostPath.path ?? '') && policy === 'Recycle') {
    const detail = "may not be 'recycle' for a hostPath mount of '/'"
    errors.push(fieldForbidden('spec.persistentVolumeReclaimPolicy', detail))
  }
  const name = spec.storageClassName
  if (name) errors.push(...refusals('spec.storageClassName', name, isDNS1123Subdomain(name)))
  if (spec.volumeMode !== undefined && !modes.includes(spec.volumeMode)) {
    errors.push(fieldNotSupported('spec.volumeMode', spec.volumeMode, modes))
  }
  return [...errors, ...validateAttributesClass(spec)]
}

function validateAffinity(
  { required }: DeepReadonly<VolumeNodeAffinity>,
  old: DeepReadonly<VolumeNodeAffinity> | undefined,
): FieldError[] {
  const field = 'spec.nodeAffinity.required'
  if (required) return validateNodeSelector(required, field, old?.required)
  return [fieldRequired(field, 'must specify required node constraints')]
}

function validateAttributesClass({ volumeAttributesClassName: name, csi }: Spec): FieldError[] {
  if (name === undefined) return []
  const field = 'spec.volumeAttributesClassName'
  const errors =
    name === ''
      ? [fieldRequired(field, 'an empty string is disallowed')]
      : refusals(field, name, isDNS1123Subdomain(name))
  if (csi) return errors
  return [...errors, fieldRequired('spec.csi', 'has to be specified when using volumeAttributesClassName')]
}

type SourceName = Exclude<
  keyof PersistentVolumeSpec,
  | 'accessModes'
  | 'capacity'
  | 'claimRef'
  | 'mountOptions'
  | 'nodeAffinity'
  | 'persistentVolumeReclaimPolicy'
  | 'storageClassName'
  | 'volumeAttributesClassName'
  | 'volumeMode'
>
type Sources = { readonly [K in SourceName]: DeepReadonly<NonNullable<PersistentVolumeSpec[K]>> }
type Rules = {
  readonly [K in SourceName]: (source: Sources[K], at: string, spec: Spec, name: string) => FieldError[]
}

/** All sources, in the order in which upstream looks at them: the first is the volume's. */
const rules: Rules = {
  hostPath: sources.validateHostPath,
  gcePersistentDisk: (source, at) =>
    sources.validateGCEDisk(source, at.replace(/gcePersistentDisk$/, 'persistentDisk')),
  awsElasticBlockStore: sources.validateAWSDisk,
  glusterfs(source, at) {
    const errors = demand(source, at, 'endpoints', 'path')
    const namespace = source.endpointsNamespace
    if (namespace === undefined) return errors
    const empty = 'if the endpointnamespace is set, it must be a valid namespace name'
    const details = namespace === '' ? [empty] : isDNS1123Label(namespace)
    return [...errors, ...refusals(`${at}.endpointsNamespace`, namespace, details)]
  },
  flocker: sources.validateFlocker,
  nfs: sources.validateNFS,
  rbd: (source, at) => demand(source, at, 'monitors', 'image'),
  quobyte: sources.validateQuobyte,
  cephfs: (source, at) => demand(source, at, 'monitors'),
  iscsi: (source, at, _spec, name) => sources.validatePersistentISCSI(source, name, at),
  cinder: (source, at) => [...demand(source, at, 'volumeID'), ...sources.validateSecretRef(source.secretRef, at, true)],
  fc: sources.validateFC,
  flexVolume: sources.validateFlex,
  azureFile(source, at) {
    const errors = demand(source, at, 'secretName', 'shareName')
    return source.secretNamespace === '' ? [...errors, fieldRequired(`${at}.secretNamespace`)] : errors
  },
  vsphereVolume: (source, at) => demand(source, at, 'volumePath'),
  photonPersistentDisk: (source, at) => demand(source, at, 'pdID'),
  portworxVolume: (source, at) => demand(source, at, 'volumeID'),
  azureDisk: sources.validateAzureDisk,
  scaleIO: (source, at) => demand(source, at, 'gateway', 'system', 'volumeName'),
  local({ path }, at, { nodeAffinity }) {
    const errors = path ? validateNoBacksteps(path, `${at}.path`) : [fieldRequired(`${at}.path`)]
    return nodeAffinity
      ? errors
      : [...errors, fieldRequired('spec.nodeAffinity', 'Local volume requires node affinity')]
  },
  storageos: (source, at) => sources.validateStorageOS(source, at, true),
  csi: (source, at) => [
    ...sources.validateDriverName(source.driver ?? '', `${at}.driver`),
    ...demand(source, at, 'volumeHandle'),
    ...(
      [
        'controllerPublishSecretRef',
        'controllerExpandSecretRef',
        'nodePublishSecretRef',
        'nodeExpandSecretRef',
      ] as const
    ).flatMap((name) => validateSecret(source[name], `${at}.${name}`)),
  ],
}

const names: readonly SourceName[] = sourceNames()
const misnamed: Readonly<Record<string, string>> = { cephfs: 'cephFS' }

function sourceNames(): SourceName[] {
  const found: SourceName[] = []
  for (const name in rules) if (isSourceName(name)) found.push(name)
  return found
}

function isSourceName(name: string): name is SourceName {
  return Object.hasOwn(rules, name)
}

/** Exactly one source. */
function validateSource(spec: Spec, volume: string): FieldError[] {
  const present = names.filter((name) => spec[name] !== undefined)
  if (present.length === 0) return [fieldRequired('spec', 'must specify a volume type')]
  return present.flatMap((name, i) => {
    if (i === 0) return validateOne(name, spec, volume)
    return [fieldForbidden(`spec.${misnamed[name] ?? name}`, 'may not specify more than 1 volume type')]
  })
}

function validateOne<K extends SourceName>(name: K, spec: Spec, volume: string): FieldError[] {
  const present: Partial<Sources> = spec
  const source: Sources[K] | undefined = present[name]
  return source === undefined ? [] : rules[name](source, `spec.${name}`, spec, volume)
}

function validateSecret(secret: DeepReadonly<SecretReference> | undefined, field: string): FieldError[] {
  if (!secret) return []
  const { name, namespace } = secret
  return [
    ...(name ? refusals(`${field}.name`, name, isDNS1123Subdomain(name)) : [fieldRequired(`${field}.name`)]),
    ...(namespace
      ? refusals(`${field}.namespace`, namespace, isDNS1123Label(namespace))
      : [fieldRequired(`${field}.namespace`)]),
  ]
}

/** Known modes, and the one that shares with no other by itself; whether there are any is the caller's. */
export function validateAccessModes(values: readonly string[] = [], field: string): FieldError[] {
  const errors = values.flatMap((mode) =>
    accessModes.includes(mode) ? [] : [fieldNotSupported(field, mode, accessModes)],
  )
  const others = values.some((mode) => mode !== 'ReadWriteOncePod' && accessModes.includes(mode))
  if (values.includes('ReadWriteOncePod') && others) {
    errors.push(fieldForbidden(field, 'may not use ReadWriteOncePod with other access modes'))
  }
  return errors
}

/** Not negative. As `validateBasicResource`, which counts whole units. */
export function validateBasic(text: string, field: string): FieldError[] {
  const amount = tryParse(text)
  if (!amount) return validateQuantity(text, field)
  return amount.value() < 0n ? [fieldInvalid(field, amount.value(), 'must be a valid resource quantity')] : []
}

function validateAboveZero(text: string, field: string): FieldError[] {
  const amount = tryParse(text)
  if (!amount || amount.sign() > 0) return []
  return [fieldInvalid(field, amount.toString(), 'must be greater than zero')]
}

/** A quantity above zero. As `ValidatePositiveQuantityValue`. */
export function validatePositive(text: string, field: string): FieldError[] {
  return tryParse(text) ? validateAboveZero(text, field) : validateQuantity(text, field)
}

const renamed: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
}

/** The source stays, but for the secret that a driver expands the volume with. As `ValidatePersistentVolumeUpdate`. */
export function validatePersistentVolumeUpdate({ spec = {} }: Value, { spec: old = {} }: Value): FieldError[] {
  const errors: FieldError[] = []
  const [now, before] = [sourceOf(spec, old), sourceOf(old, old)]
  if (!semanticEqual(now, before)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${difference(before, now)}`
    errors.push(fieldForbidden('spec.persistentvolumesource', detail))
  }
  errors.push(...immutable('volumeMode', spec.volumeMode, old.volumeMode))
  if (old.nodeAffinity && !semanticEqual(withNewLabels(spec.nodeAffinity, old.nodeAffinity), spec.nodeAffinity)) {
    const detail = 'field is immutable, except for updating from beta label to GA'
    errors.push(fieldInvalid('nodeAffinity', spec.nodeAffinity, detail))
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    const detail = 'update from non-nil value to nil is forbidden'
    errors.push(fieldForbidden('spec.volumeAttributesClassName', detail))
  }
  return errors
}

function sourceOf(spec: Partial<Spec>, old: Partial<Spec>): Partial<Spec> {
  const source: Partial<Record<SourceName, unknown>> = {}
  for (const name of names) if (spec[name] !== undefined) source[name] = spec[name]
  if (spec.csi && old.csi && !old.csi.controllerExpandSecretRef) {
    const { controllerExpandSecretRef: _, ...csi } = spec.csi
    source.csi = csi
  }
  return Object(source)
}

/** The old affinity with the names that labels have today, wherever the new one has those. */
function withNewLabels(
  now: DeepReadonly<VolumeNodeAffinity> | undefined,
  old: DeepReadonly<VolumeNodeAffinity>,
): DeepReadonly<VolumeNodeAffinity> {
  const required = old.required
  if (!required) return old
  const nodeSelectorTerms = required.nodeSelectorTerms.map((term, i) => ({
    ...term,
    ...(term.matchExpressions && {
      matchExpressions: term.matchExpressions.map((requirement, j) => {
        const key = now?.required?.nodeSelectorTerms?.[i]?.matchExpressions?.[j]?.key
        return key !== undefined && renamed[requirement.key] === key ? { ...requirement, key } : requirement
      }),
    }),
  }))
  return { required: { nodeSelectorTerms } }
}
