import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { none } from '../columns.ts'

const shown = 2
const unknown = '<unknown>'

/** Each metric as `current/target`; the first two of them. As `formatHPAMetrics` of pkg/printers/internalversion. */
export function metricsText({ spec, status }: DeepReadonly<HorizontalPodAutoscaler>): string {
  const metrics = spec?.metrics ?? []
  if (metrics.length === 0) return none
  const all = metrics.map((metric, i) => metricText(metric, status?.currentMetrics?.[i]))
  const text = all.slice(0, shown).join(', ')
  return all.length > shown ? `${text} + ${all.length - shown} more...` : text
}

function metricText(spec: DeepReadonly<MetricSpec>, status: DeepReadonly<MetricStatus> | undefined): string {
  switch (spec.type) {
    case 'External':
      return spec.external ? valueText(spec.external.target, status?.external?.current) : unknown
    case 'Object':
      return spec.object ? valueText(spec.object.target, status?.object?.current) : unknown
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${spec.pods?.target.averageValue ?? ''}`
    case 'Resource':
      return spec.resource ? resourceText(spec.resource, status?.resource?.current) : unknown
    case 'ContainerResource':
      return spec.containerResource ? resourceText(spec.containerResource, status?.containerResource?.current) : unknown
    default:
      return '<unknown type>'
  }
}

type Current = DeepReadonly<MetricValueStatus> | undefined

function valueText(target: DeepReadonly<MetricTarget>, current: Current): string {
  return target.averageValue !== undefined
    ? `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`
    : `${current?.value ?? unknown}/${target.value ?? ''}`
}

function resourceText(
  { name, target }: DeepReadonly<{ name: string; target: MetricTarget }>,
  current: Current,
): string {
  if (target.averageValue !== undefined) return `${name}: ${current?.averageValue ?? unknown}/${target.averageValue}`
  return `${name}: ${percent(current?.averageUtilization) ?? unknown}/${percent(target.averageUtilization) ?? '<auto>'}`
}

function percent(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}%`
}
