import { PriorityClass } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const priorityClasses = defineResource(PriorityClass, {
  shortNames: ['pc'],
  generation: true,
})
