import { EndpointSlice } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const endpointSlices = defineResource(EndpointSlice, {
  generation: true,
})
