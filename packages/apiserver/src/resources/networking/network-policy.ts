import { NetworkPolicy } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const networkPolicies = defineResource(NetworkPolicy, {
  shortNames: ['netpol'],
  generation: true,
})
