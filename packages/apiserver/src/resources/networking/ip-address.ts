import { IPAddress } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const ipAddresses = defineResource(IPAddress, {
  shortNames: ['ip'],
})
