import { HorizontalPodAutoscaler } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const horizontalPodAutoscalers = defineResource(HorizontalPodAutoscaler, {
  shortNames: ['hpa'],
  categories: ['all'],
  status: {},
})
