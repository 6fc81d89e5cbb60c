import { ReplicationController } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const replicationControllers = defineResource(ReplicationController, {
  shortNames: ['rc'],
  categories: ['all'],
  generation: true,
  status: {},
})
