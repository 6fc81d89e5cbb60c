import { DeviceClass } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const deviceClasses = defineResource(DeviceClass, {
  generation: true,
})
