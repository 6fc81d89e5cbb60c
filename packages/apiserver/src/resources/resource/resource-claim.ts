import { ResourceV1ResourceClaim } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const resourceClaims = defineResource(ResourceV1ResourceClaim, {
  status: {},
})
