import {
  AutoscalingV1HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerSpec,
  type HorizontalPodAutoscalerStatus,
  HorizontalPodAutoscaler,
  type KubeObject,
  type MetricSpec,
} from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import { type Column, defineResource } from '../../registry/resource.ts'
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts'

/** Where this form keeps what it has no fields for. */
const annotations = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const

/** The older form of autoscaling/v2's: one CPU target, the rest in annotations. As pkg/apis/autoscaling/v1. */
export const horizontalPodAutoscalersV1 = defineResource(AutoscalingV1HorizontalPodAutoscaler, {
  shortNames: ['hpa'],
  categories: ['all'],
  setDefaults(autoscaler) {
    if (autoscaler.spec) autoscaler.spec.minReplicas ??= 1
  },
  storedAs: { kind: HorizontalPodAutoscaler, toStored, fromStored },
  columns: (horizontalPodAutoscalers.columns ?? []).map(
    (column): Column<AutoscalingV1HorizontalPodAutoscaler> => ({
      ...column,
      value: (autoscaler, now) => column.value(toStored(autoscaler), now),
    }),
  ),
})

function toStored(older: DeepReadonly<AutoscalingV1HorizontalPodAutoscaler>): HorizontalPodAutoscaler {
  const { spec, status, metadata } = deepClone(older)
  const kept = metadata.annotations ?? {}
  const metrics: MetricSpec[] = parse(kept[annotations.metrics]) ?? []
  const percentage = spec?.targetCPUUtilizationPercentage
  if (percentage !== undefined) {
    const target = { type: 'Utilization', averageUtilization: percentage }
    metrics.unshift({ type: 'Resource', resource: { name: 'cpu', target } })
  }
  const newerSpec: HorizontalPodAutoscalerSpec = {
    scaleTargetRef: spec?.scaleTargetRef ?? { kind: '', name: '' },
    maxReplicas: spec?.maxReplicas ?? 0,
  }
  if (spec?.minReplicas !== undefined) newerSpec.minReplicas = spec.minReplicas
  if (metrics.length > 0) newerSpec.metrics = metrics
  newerSpec.behavior = parse(kept[annotations.behavior]) ?? newerSpec.behavior
  if (newerSpec.behavior === undefined) delete newerSpec.behavior

  const newer: HorizontalPodAutoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: newerSpec,
  }
  if (status) newer.status = newerStatus(status, kept)
  for (const name of Object.values(annotations)) delete kept[name]
  return newer
}

function newerStatus(
  status: NonNullable<AutoscalingV1HorizontalPodAutoscaler['status']>,
  kept: Readonly<Record<string, string>>,
): HorizontalPodAutoscalerStatus {
  const { currentCPUUtilizationPercentage: percentage, ...rest } = status
  const newer: HorizontalPodAutoscalerStatus = { ...rest }
  const current: HorizontalPodAutoscalerStatus['currentMetrics'] = parse(kept[annotations.currentMetrics]) ?? []
  if (percentage !== undefined && current) {
    current.unshift({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: percentage } } })
  }
  if (current?.length) newer.currentMetrics = current
  const conditions: HorizontalPodAutoscalerStatus['conditions'] = parse(kept[annotations.conditions])
  if (conditions) newer.conditions = conditions
  return newer
}

function fromStored(stored: DeepReadonly<KubeObject>): AutoscalingV1HorizontalPodAutoscaler {
  const spec0 = { scaleTargetRef: { kind: '', name: '' }, maxReplicas: 0 }
  const newer: HorizontalPodAutoscaler = { spec: spec0, ...deepClone(stored) }
  const { spec, status, metadata } = newer
  const cpu = spec?.metrics?.findIndex((m) => m.type === 'Resource' && m.resource?.name === 'cpu') ?? -1
  const percentage = spec?.metrics?.[cpu]?.resource?.target.averageUtilization
  const others = (spec?.metrics ?? []).filter((_, i) => i !== cpu || percentage === undefined)
  const kept: Record<string, string> = { ...metadata.annotations }
  keep(kept, annotations.metrics, others)
  keep(kept, annotations.behavior, spec?.behavior)
  keep(kept, annotations.conditions, status?.conditions)

  const currentCPU = status?.currentMetrics?.findIndex((m) => m.type === 'Resource' && m.resource?.name === 'cpu') ?? -1
  const currentPercentage = status?.currentMetrics?.[currentCPU]?.resource?.current.averageUtilization
  keep(
    kept,
    annotations.currentMetrics,
    (status?.currentMetrics ?? []).filter((_, i) => i !== currentCPU || currentPercentage === undefined),
  )

  const older: AutoscalingV1HorizontalPodAutoscaler = {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: Object.keys(kept).length > 0 ? { ...metadata, annotations: kept } : metadata,
    spec: { scaleTargetRef: spec?.scaleTargetRef ?? { kind: '', name: '' }, maxReplicas: spec?.maxReplicas ?? 0 },
    status: { currentReplicas: status?.currentReplicas ?? 0, desiredReplicas: status?.desiredReplicas ?? 0 },
  }
  if (older.spec && spec?.minReplicas !== undefined) older.spec.minReplicas = spec.minReplicas
  if (older.spec && percentage !== undefined) older.spec.targetCPUUtilizationPercentage = percentage
  if (older.status && currentPercentage !== undefined) older.status.currentCPUUtilizationPercentage = currentPercentage
  if (older.status && status?.observedGeneration !== undefined)
    older.status.observedGeneration = status.observedGeneration
  if (older.status && status?.lastScaleTime !== undefined) older.status.lastScaleTime = status.lastScaleTime
  return older
}

function keep(kept: Record<string, string>, name: string, value: unknown): void {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return
  kept[name] = JSON.stringify(value)
}

/** What an annotation holds; undefined where it is absent or broken, as its writers would ignore it too. */
function parse<T>(text: string | undefined): T | undefined {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
