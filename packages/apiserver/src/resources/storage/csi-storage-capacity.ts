import { CSIStorageCapacity } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const csiStorageCapacities = defineResource(CSIStorageCapacity)
