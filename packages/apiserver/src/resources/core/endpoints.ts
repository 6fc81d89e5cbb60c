import { Endpoints } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const endpoints = defineResource(Endpoints, {
  shortNames: ['ep'],
})
