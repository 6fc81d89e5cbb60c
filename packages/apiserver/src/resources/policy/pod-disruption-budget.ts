import { PodDisruptionBudget } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const podDisruptionBudgets = defineResource(PodDisruptionBudget, {
  shortNames: ['pdb'],
  generation: true,
  status: {},
})
