import { Service } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const services = defineResource(Service, {
  shortNames: ['svc'],
  categories: ['all'],
  status: {},
})
