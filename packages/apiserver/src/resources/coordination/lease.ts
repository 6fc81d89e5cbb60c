import { Lease } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const leases = defineResource(Lease)
