import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
  ResourceClaimConsumerReference,
  ResourceV1ResourceClaim,
} from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  deepEqual,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  fieldTooMany,
  isValidInterfaceAddress,
  validateConditions,
} from '@wherry/apimachinery'
import { validateNodeSelector } from '../core/pod/validation/affinity.ts'
import { immutable, refusals } from '../fields.ts'
import { validateList, validateSet } from '../lists.ts'
import { validateBindingConditions } from './binding-conditions.ts'
import {
  maxConfig,
  type RequestNames,
  requestNamesOf,
  validateConfiguration,
  validateRaw,
  validateRequestRef,
  validateRequestRefs,
  validateToleration,
} from './claim-validation.ts'
import { validateDriver, validateLabelPart, validatePool, validateUID } from './names.ts'

type Claim = DeepReadonly<ResourceV1ResourceClaim>

const maxConsumers = 256
const maxResults = 32
const maxConditions = 8
const maxData = 10 * 1024
const maxInterface = 256
const maxHardware = 128
const maxIPs = 16
const sources = ['FromClaim', 'FromClass']

/** As pkg/apis/resource/validation `ValidateResourceClaimStatusUpdate`. */
export function validateClaimStatus(claim: Claim, old: Claim): FieldError[] {
  const { allocation, reservedFor = [], devices } = claim.status ?? {}
  const errors = validateSet<ResourceClaimConsumerReference>(
    reservedFor,
    maxConsumers,
    'status.reservedFor',
    (ref, at) =>
      (['resource', 'name', 'uid'] as const).flatMap((key) => (ref[key] ? [] : [fieldRequired(`${at}.${key}`)])),
    ({ uid }) => uid,
  )
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceId))
  errors.push(
    ...validateSet<AllocatedDeviceStatus>(
      devices,
      Number.POSITIVE_INFINITY,
      'status.devices',
      (device, at) => validateDevice(device, at, allocated),
      deviceId,
    ),
  )
  if (reservedFor.length > 0 && !allocation) {
    errors.push(fieldForbidden('status.reservedFor', 'may not be specified when `allocated` is not set'))
  } else if (claim.metadata.deletionTimestamp) {
    const before = old.status?.reservedFor ?? []
    if (reservedFor.some((ref) => !before.some((one) => deepEqual(one, ref)))) {
      const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set'
      errors.push(fieldForbidden('status.reservedFor', detail))
    }
  }
  if (!allocation) return errors
  // What is allocated already is not checked again: rules may have become stricter since.
  const known = old.status?.allocation
  if (known) return [...errors, ...immutable('status.allocation', allocation, known)]
  return [...errors, ...validateAllocation(allocation, 'status.allocation', requestNamesOf(claim.spec?.devices))]
}

type Device = Pick<DeepReadonly<AllocatedDeviceStatus>, 'driver' | 'pool' | 'device' | 'shareID'>

function deviceId({ driver, pool, device, shareID }: Device): string {
  return [driver, pool, device, ...(shareID ? [shareID] : [])].join('/')
}

function validateAllocation(
  allocation: DeepReadonly<AllocationResult>,
  field: string,
  names: RequestNames,
): FieldError[] {
  const { devices, nodeSelector } = allocation
  return [
    ...validateList(devices?.results, maxResults, `${field}.devices.results`, (r, at) => validateResult(r, at, names)),
    ...validateList(devices?.config, 2 * maxConfig, `${field}.devices.config`, ({ source, requests, opaque }, at) => [
      ...(source ? [] : [fieldRequired(`${at}.source`)]),
      ...(source && !sources.includes(source) ? [fieldNotSupported(`${at}.source`, source, sources)] : []),
      ...validateRequestRefs(requests, `${at}.requests`, names),
      ...validateConfiguration(opaque, at),
    ]),
    ...(nodeSelector ? validateNodeSelector(nodeSelector, `${field}.nodeSelector`) : []),
  ]
}

function validateResult(
  result: DeepReadonly<DeviceRequestAllocationResult>,
  field: string,
  names: RequestNames,
): FieldError[] {
  return [
    ...validateRequestRef(result.request ?? '', `${field}.request`, names),
    ...validateDriver(result.driver ?? '', `${field}.driver`),
    ...validatePool(result.pool ?? '', `${field}.pool`),
    ...validateLabelPart(result.device ?? '', `${field}.device`),
    ...validateBindingConditions(result, field),
    ...(result.tolerations ?? []).flatMap((t, i) => validateToleration(t, `${field}.tolerations[${i}]`)),
    ...(result.shareID === undefined ? [] : validateUID(result.shareID, `${field}.shareID`)),
  ]
}

function validateDevice(
  device: DeepReadonly<AllocatedDeviceStatus>,
  field: string,
  allocated: ReadonlySet<string>,
): FieldError[] {
  const { conditions = [], data, networkData } = device
  const errors = [
    ...validateDriver(device.driver ?? '', `${field}.driver`),
    ...validatePool(device.pool ?? '', `${field}.pool`),
    ...validateLabelPart(device.device ?? '', `${field}.device`),
    ...(device.shareID === undefined ? [] : validateUID(device.shareID, `${field}.shareID`)),
  ]
  const id = deviceId(device)
  if (!allocated.has(id)) errors.push(fieldInvalid(field, id, 'must be an allocated device in the claim'))
  if (conditions.length > maxConditions) {
    errors.push(fieldTooMany(`${field}.conditions`, conditions.length, maxConditions))
  }
  errors.push(...validateConditions(conditions, `${field}.conditions`))
  if (data !== undefined) errors.push(...validateRaw(data, `${field}.data`, maxData))
  if (!networkData) return errors
  const at = `${field}.networkData`
  const { interfaceName = '', hardwareAddress = '', ips } = networkData
  if (byteLength(interfaceName) > maxInterface) errors.push(fieldTooLong(`${at}.interfaceName`, '', maxInterface))
  if (byteLength(hardwareAddress) > maxHardware) errors.push(fieldTooLong(`${at}.hardwareAddress`, '', maxHardware))
  const validateIP = (ip: string, path: string) => refusals(path, ip, isValidInterfaceAddress(ip))
  return [...errors, ...validateSet<string>(ips, maxIPs, `${at}.ips`, validateIP, String)]
}
