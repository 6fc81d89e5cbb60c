import { ResourceClaimTemplate } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const resourceClaimTemplates = defineResource(ResourceClaimTemplate)
