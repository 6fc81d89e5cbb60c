import { PodTemplate } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const podTemplates = defineResource(PodTemplate)
