import { APIService } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const apiServices = defineResource(APIService, {
  categories: ['api-extensions'],
  status: {},
})
