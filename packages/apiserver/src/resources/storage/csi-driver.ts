import { CSIDriver, type StorageV1TokenRequest } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
} from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { validateDriverName } from '../core/volume-sources.ts'
import { immutable } from '../fields.ts'
import { struct } from '../structs.ts'

const policies = ['File', 'None', 'ReadWriteOnceWithFSType']
const modes = ['Ephemeral', 'Persistent']
const minSeconds = 600
const maxSeconds = 2 ** 32
const minPeriod = 10

export const csiDrivers = defineResource(CSIDriver, {
  generation: true,
  allowUnconditionalUpdate: false,
  setDefaults(driver) {
    const spec = struct(driver, 'spec')
    spec.attachRequired ??= true
    spec.podInfoOnMount ??= false
    spec.storageCapacity ??= false
    spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType'
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ['Persistent']
    spec.requiresRepublish ??= false
    spec.seLinuxMount ??= false
  },
  validate,
  // Upstream's path has this spelling.
  validateUpdate: ({ spec }, { spec: old }) => [
    ...immutable('spec.attachedRequired', spec.attachRequired, old.attachRequired),
    ...immutable('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.volumeLifecycleModes),
  ],
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'AttachRequired', type: 'boolean', value: ({ spec }) => spec.attachRequired ?? true },
    { name: 'PodInfoOnMount', type: 'boolean', value: ({ spec }) => spec.podInfoOnMount ?? false },
    { name: 'StorageCapacity', type: 'boolean', value: ({ spec }) => spec.storageCapacity ?? false },
    {
      name: 'TokenRequests',
      type: 'string',
      value: ({ spec }) => spec.tokenRequests?.map(({ audience }) => audience).join(',') ?? '<unset>',
    },
    { name: 'RequiresRepublish', type: 'boolean', value: ({ spec }) => spec.requiresRepublish ?? false },
    { name: 'Modes', type: 'string', value: ({ spec }) => spec.volumeLifecycleModes?.join(',') || none },
    ageColumn(),
  ],
})

/** As pkg/apis/storage/validation `ValidateCSIDriver`. */
function validate({ metadata, spec }: DeepReadonly<CSIDriver>): FieldError[] {
  const { fsGroupPolicy, tokenRequests, volumeLifecycleModes = [], nodeAllocatableUpdatePeriodSeconds: period } = spec
  const errors = metadata.name ? validateDriverName(metadata.name, 'metadata.name').slice(0, 1) : []
  if (fsGroupPolicy !== undefined && !policies.includes(fsGroupPolicy)) {
    errors.push(fieldNotSupported('spec.fsGroupPolicy', fsGroupPolicy, policies))
  }
  errors.push(...validateTokens(tokenRequests ?? [], 'spec.tokenRequests'))
  for (const mode of volumeLifecycleModes) {
    if (!modes.includes(mode)) errors.push(fieldNotSupported('spec.volumeLifecycleModes', mode, modes))
  }
  if (period !== undefined && period < minPeriod) {
    const detail = `must be greater than or equal to ${minPeriod} seconds`
    errors.push(fieldInvalid('spec.nodeAllocatableUpdatePeriodSeconds', period, detail))
  }
  return errors
}

function validateTokens(requests: DeepReadonly<StorageV1TokenRequest[]>, field: string): FieldError[] {
  const audiences = new Set<string>()
  return requests.flatMap(({ audience = '', expirationSeconds: seconds }, i) => {
    const at = `${field}[${i}]`
    if (audiences.has(audience)) return [fieldDuplicate(`${at}.audience`, audience)]
    audiences.add(audience)
    const refuse = (detail: string) => [fieldInvalid(`${at}.expirationSeconds`, seconds, detail)]
    if (seconds === undefined) return []
    if (seconds < minSeconds) return refuse('may not specify a duration less than 10 minutes')
    return seconds > maxSeconds ? refuse('may not specify a duration larger than 2^32 seconds') : []
  })
}
