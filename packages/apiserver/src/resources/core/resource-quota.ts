import { ResourceQuota } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const resourceQuotas = defineResource(ResourceQuota, {
  shortNames: ['quota'],
  status: {},
})
