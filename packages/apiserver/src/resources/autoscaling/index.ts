import type { ResourceDefinition } from '../../registry/resource.ts'
import { horizontalPodAutoscalersV1 } from './horizontal-pod-autoscaler-v1.ts'
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts'

export const autoscalingDefinitions: readonly ResourceDefinition[] = [
  horizontalPodAutoscalersV1,
  horizontalPodAutoscalers,
]
