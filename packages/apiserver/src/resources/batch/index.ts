import type { ResourceDefinition } from '../../registry/resource.ts'
import { cronJobs } from './cron-job.ts'
import { jobs } from './job.ts'

export const batchDefinitions: readonly ResourceDefinition[] = [cronJobs, jobs]
