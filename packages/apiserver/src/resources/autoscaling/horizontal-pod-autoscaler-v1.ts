import {
  AutoscalingV1HorizontalPodAutoscaler,
  HorizontalPodAutoscaler,
  type HorizontalPodAutoscalerCondition,
  type HorizontalPodAutoscalerSpec,
  type HorizontalPodAutoscalerStatus,
  type KubeObject,
  type MetricSpec,
  type MetricStatus,
} from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import { type Column, defineResource } from '../../registry/resource.ts'
import { horizontalPodAutoscalers } from './horizontal-pod-autoscaler.ts'
import { newerMetric, newerMetricStatus, olderMetric, olderMetricStatus } from './older-metrics.ts'

type Older = AutoscalingV1HorizontalPodAutoscaler

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
    (column): Column<Older> => ({ ...column, value: (autoscaler, now) => column.value(toStored(autoscaler), now) }),
  ),
})

function toStored(older: DeepReadonly<Older>): HorizontalPodAutoscaler {
  const { spec, status, metadata } = deepClone(older)
  const kept = metadata.annotations ?? {}
  const metrics: MetricSpec[] = parseList<object>(kept[annotations.metrics]).map(newerMetric)
  const percentage = spec?.targetCPUUtilizationPercentage
  if (percentage !== undefined) {
    const target = { type: 'Utilization', averageUtilization: percentage }
    metrics.unshift({ type: 'Resource', resource: { name: 'cpu', target } })
  }
  const behavior = parseObject<NonNullable<HorizontalPodAutoscalerSpec['behavior']>>(kept[annotations.behavior])
  const newer: HorizontalPodAutoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata,
    spec: {
      scaleTargetRef: spec?.scaleTargetRef ?? { kind: '', name: '' },
      maxReplicas: spec?.maxReplicas ?? 0,
      ...(spec?.minReplicas === undefined ? {} : { minReplicas: spec.minReplicas }),
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior }),
    },
  }
  if (status) newer.status = newerStatus(status, kept)
  for (const name of Object.values(annotations)) delete kept[name]
  if (Object.keys(kept).length === 0) delete metadata.annotations
  return newer
}

function newerStatus(
  { currentCPUUtilizationPercentage: percentage, ...rest }: NonNullable<Older['status']>,
  kept: Readonly<Record<string, string>>,
): HorizontalPodAutoscalerStatus {
  const currentMetrics: MetricStatus[] = parseList<object>(kept[annotations.currentMetrics]).map(newerMetricStatus)
  if (percentage !== undefined) {
    currentMetrics.unshift({ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: percentage } } })
  }
  const conditions = parseList<HorizontalPodAutoscalerCondition>(kept[annotations.conditions])
  return {
    ...rest,
    ...(currentMetrics.length === 0 ? {} : { currentMetrics }),
    ...(conditions.length === 0 ? {} : { conditions }),
  }
}

function fromStored(stored: DeepReadonly<KubeObject>): Older {
  const empty = { scaleTargetRef: { kind: '', name: '' }, maxReplicas: 0 }
  const newer: HorizontalPodAutoscaler = { spec: empty, ...deepClone(stored) }
  const { spec, status = { desiredReplicas: 0 }, metadata } = newer
  const [cpu, others] = takeCPU(spec.metrics, (metric) => metric.resource?.target.averageUtilization)
  const [currentCPU, currentOthers] = takeCPU(status.currentMetrics, (m) => m.resource?.current.averageUtilization)
  const kept: Record<string, string> = { ...metadata.annotations }
  keep(kept, annotations.metrics, others.map(olderMetric))
  keep(kept, annotations.behavior, spec.behavior)
  keep(kept, annotations.currentMetrics, currentOthers.map(olderMetricStatus))
  keep(kept, annotations.conditions, status.conditions)
  const { scaleTargetRef, maxReplicas, minReplicas } = spec
  const { currentReplicas = 0, desiredReplicas, observedGeneration, lastScaleTime } = status
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: Object.keys(kept).length === 0 ? metadata : { ...metadata, annotations: kept },
    spec: {
      scaleTargetRef,
      maxReplicas,
      ...(minReplicas === undefined ? {} : { minReplicas }),
      ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }),
    },
    status: {
      currentReplicas,
      desiredReplicas,
      ...(currentCPU === undefined ? {} : { currentCPUUtilizationPercentage: currentCPU }),
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
    },
  }
}

/** The CPU utilization, which has a field of its own, and the other metrics, which have not. */
function takeCPU<M extends { readonly type: string; readonly resource?: { readonly name: string } }>(
  metrics: readonly M[] | null | undefined,
  utilization: (metric: M) => number | undefined,
): [cpu: number | undefined, others: M[]] {
  const all = metrics ?? []
  const found = all.find((m) => m.type === 'Resource' && m.resource?.name === 'cpu' && utilization(m) !== undefined)
  return [found && utilization(found), all.filter((metric) => metric !== found)]
}

function keep(kept: Record<string, string>, name: string, value: object | undefined): void {
  if (value !== undefined && !(Array.isArray(value) && value.length === 0)) kept[name] = JSON.stringify(value)
}

// What an annotation holds is the client's; validation refuses what does not fit. Nothing where it is broken.

function parseList<T>(text: string | undefined): T[] {
  const value = parse(text)
  return Array.isArray(value) ? value.filter((item) => typeof item === 'object' && item !== null) : []
}

function parseObject<T extends object>(text: string | undefined): T | undefined {
  const value = parse(text)
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object(value) : undefined
}

function parse(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
