import { Deployment } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const deployments = defineResource(Deployment, {
  shortNames: ['deploy'],
  categories: ['all'],
  generation: true,
  status: {},
})
