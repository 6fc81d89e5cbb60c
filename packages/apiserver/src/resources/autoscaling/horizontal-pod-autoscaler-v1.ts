import { AutoscalingV1HorizontalPodAutoscaler } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'

export const horizontalPodAutoscalersV1 = defineResource(AutoscalingV1HorizontalPodAutoscaler, {
  shortNames: ['hpa'],
  categories: ['all'],
  status: {},
})
