import { type DeviceTaint, ResourceSlice } from '@wherry/api'
import { type DeepReadonly, formatTime } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { struct } from '../structs.ts'
import { validateSlice } from './slice-validation.ts'

export const resourceSlices = defineResource(ResourceSlice, {
  generation: true,
  allowUnconditionalUpdate: true,
  setDefaults(object) {
    struct(object, 'spec')
  },
  prepareForCreate: (slice, { now }) => prepare(slice, undefined, now),
  prepareForUpdate: (slice, old, { now }) => prepare(slice, old, now),
  validate: validateSlice,
  deleteReturnsObject: true,
  columns: [
    nameColumn(),
    { name: 'Node', type: 'string', value: ({ spec }) => spec.nodeName ?? '' },
    { name: 'Driver', type: 'string', value: ({ spec }) => spec.driver },
    { name: 'Pool', type: 'string', value: ({ spec }) => spec.pool?.name ?? '' },
    ageColumn(),
  ],
  selectableFields: {
    'spec.nodeName': ({ spec }) => spec.nodeName ?? '',
    'spec.driver': ({ spec }) => spec.driver ?? '',
  },
})

/** Taints say since when they are there; fields of features that are off go. */
function prepare(slice: ResourceSlice, old: DeepReadonly<ResourceSlice> | undefined, now: number): void {
  const known = new Map((old?.spec.devices ?? []).map((device) => [device.name, device.taints ?? []]))
  for (const device of slice.spec.devices ?? []) {
    delete device.nodeAllocatableResourceMappings
    for (const attribute of Object.values(device.attributes ?? {})) {
      for (const name of ['bools', 'ints', 'strings', 'versions'] as const) delete attribute[name]
    }
    for (const taint of device.taints ?? []) {
      taint.timeAdded ??= known.get(device.name)?.find((one) => isSame(one, taint))?.timeAdded ?? formatTime(now)
    }
  }
}

function isSame(one: DeepReadonly<DeviceTaint>, other: DeepReadonly<DeviceTaint>): boolean {
  return one.key === other.key && one.value === other.value && one.effect === other.effect
}
