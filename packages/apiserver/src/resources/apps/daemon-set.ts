import { DaemonSet } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const daemonSets = defineResource(DaemonSet, {
  shortNames: ['ds'],
  categories: ['all'],
  generation: true,
  status: {},
})
