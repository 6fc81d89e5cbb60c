import { FlowSchema } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const flowSchemas = defineResource(FlowSchema, {
  generation: true,
  status: {},
})
