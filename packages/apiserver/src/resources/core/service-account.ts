import { ServiceAccount } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const serviceAccounts = defineResource(ServiceAccount, {
  shortNames: ['sa'],
})
