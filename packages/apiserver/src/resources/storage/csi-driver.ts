import { CSIDriver } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const csiDrivers = defineResource(CSIDriver, {
  generation: true,
})
