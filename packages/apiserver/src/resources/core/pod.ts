import { Pod } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const pods = defineResource(Pod, {
  shortNames: ['po'],
  categories: ['all'],
  generation: true,
  status: {},
})
