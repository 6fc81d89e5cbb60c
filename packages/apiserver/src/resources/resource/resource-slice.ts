import { ResourceSlice } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const resourceSlices = defineResource(ResourceSlice, {
  generation: true,
})
