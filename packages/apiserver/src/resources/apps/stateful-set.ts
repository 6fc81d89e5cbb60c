import { StatefulSet } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const statefulSets = defineResource(StatefulSet, {
  shortNames: ['sts'],
  categories: ['all'],
  generation: true,
  status: {},
})
