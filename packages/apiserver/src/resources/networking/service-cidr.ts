import { ServiceCIDR } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const serviceCIDRs = defineResource(ServiceCIDR, {
  generation: true,
  status: {},
})
