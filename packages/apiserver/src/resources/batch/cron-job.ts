import { CronJob } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const cronJobs = defineResource(CronJob, {
  shortNames: ['cj'],
  categories: ['all'],
  generation: true,
  status: {},
})
