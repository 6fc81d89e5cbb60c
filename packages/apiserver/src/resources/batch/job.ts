import { Job } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const jobs = defineResource(Job, {
  categories: ['all'],
  generation: true,
  status: {},
})
