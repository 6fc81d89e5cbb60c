import { PriorityLevelConfiguration } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const priorityLevelConfigurations = defineResource(PriorityLevelConfiguration, {
  generation: true,
  status: {},
})
