import { ReplicaSet } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const replicaSets = defineResource(ReplicaSet, {
  shortNames: ['rs'],
  categories: ['all'],
  generation: true,
  status: {},
})
