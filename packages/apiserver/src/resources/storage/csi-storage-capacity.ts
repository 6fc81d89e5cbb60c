import { CSIStorageCapacity } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { nameColumn } from '../columns.ts'
import { immutable } from '../fields.ts'

export const csiStorageCapacities = defineResource(CSIStorageCapacity, {
  allowUnconditionalUpdate: false,
  validateUpdate: (object, old) => [
    ...immutable('nodeTopology', object.nodeTopology, old.nodeTopology),
    ...immutable('storageClassName', object.storageClassName, old.storageClassName),
  ],
  columns: [
    nameColumn(),
    { name: 'StorageClassName', type: 'string', value: (object) => object.storageClassName },
    { name: 'Capacity', type: 'string', value: (object) => object.capacity ?? '<unset>' },
  ],
})
