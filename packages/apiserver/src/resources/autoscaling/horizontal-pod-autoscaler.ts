import { HorizontalPodAutoscaler, type HPAScalingRules } from '@wherry/api'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn } from '../columns.ts'
import { nonNegative } from '../fields.ts'
import { struct } from '../structs.ts'
import { validateAutoscaler } from './autoscaler-validation.ts'
import { metricsText } from './metrics-text.ts'

export const horizontalPodAutoscalers = defineResource(HorizontalPodAutoscaler, {
  shortNames: ['hpa'],
  categories: ['all'],
  setDefaults(autoscaler) {
    const spec = struct(autoscaler, 'spec')
    spec.minReplicas ??= 1
    if (!spec.metrics?.length) {
      spec.metrics = [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ]
    }
    if (!spec.behavior) return
    spec.behavior.scaleUp = fill(spec.behavior.scaleUp, {
      stabilizationWindowSeconds: 0,
      selectPolicy: 'Max',
      policies: [
        { type: 'Pods', value: 4, periodSeconds: 15 },
        { type: 'Percent', value: 100, periodSeconds: 15 },
      ],
    })
    spec.behavior.scaleDown = fill(spec.behavior.scaleDown, {
      selectPolicy: 'Max',
      policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
    })
  },
  validate: validateAutoscaler,
  status: {
    initial: () => ({ desiredReplicas: 0, currentMetrics: null }),
    validateUpdate: ({ status }) => [
      ...nonNegative('status.currentReplicas', status?.currentReplicas),
      ...nonNegative('status.desiredReplicas', status?.desiredReplicas),
    ],
  },
  columns: [
    nameColumn(),
    {
      name: 'Reference',
      type: 'string',
      value: ({ spec }) => `${spec?.scaleTargetRef?.kind ?? ''}/${spec?.scaleTargetRef?.name ?? ''}`,
    },
    { name: 'Targets', type: 'string', value: metricsText },
    { name: 'MinPods', type: 'string', value: ({ spec }) => String(spec?.minReplicas ?? '<unset>') },
    { name: 'MaxPods', type: 'string', value: ({ spec }) => spec?.maxReplicas ?? 0 },
    { name: 'Replicas', type: 'string', value: ({ status }) => status?.currentReplicas ?? 0 },
    ageColumn(),
  ],
})

function fill(rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules {
  return { ...defaults, ...rules }
}
