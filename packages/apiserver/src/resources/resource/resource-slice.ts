import { ResourceSlice } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'
import { struct } from '../structs.ts'

export const resourceSlices = defineResource(ResourceSlice, {
  setDefaults(object) {
    struct(object, 'spec')
  },
  generation: true,
  validateUpdate: ({ spec }, { spec: old }) => [
    ...immutable('spec.driver', spec.driver, old.driver),
    ...immutable('spec.pool.name', spec.pool?.name, old.pool?.name),
    ...immutable('spec.nodeName', spec.nodeName, old.nodeName),
  ],
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
