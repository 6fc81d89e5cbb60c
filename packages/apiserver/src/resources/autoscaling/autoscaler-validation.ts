import type {
  ContainerResourceMetricSource,
  ExternalMetricSource,
  HorizontalPodAutoscaler,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isPathSegmentName,
} from '@wherry/apimachinery'
import { refusals } from '../fields.ts'
import { tryParse } from '../quantities.ts'
import { validateBehavior } from './behavior-validation.ts'

/** As pkg/apis/autoscaling/validation `ValidateHorizontalPodAutoscaler`. */
export function validateAutoscaler({ spec }: DeepReadonly<HorizontalPodAutoscaler>): FieldError[] {
  const errors: FieldError[] = []
  const min = spec?.minReplicas
  const max = spec?.maxReplicas ?? 0
  if (min !== undefined && min < 1) {
    errors.push(fieldInvalid('spec.minReplicas', min, 'must be greater than or equal to 1'))
  }
  if (max < 1) errors.push(fieldInvalid('spec.maxReplicas', max, 'must be greater than 0'))
  if (min !== undefined && max < min) {
    errors.push(fieldInvalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'))
  }
  return [
    ...errors,
    ...validateReference(spec?.scaleTargetRef, 'spec.scaleTargetRef'),
    ...validateMetrics(spec?.metrics ?? [], min, 'spec.metrics'),
    ...validateBehavior(spec?.behavior, 'spec.behavior'),
  ]
}

function validateReference(reference: { kind?: string; name?: string } | undefined, field: string): FieldError[] {
  return (['kind', 'name'] as const).flatMap((name) => {
    const value = reference?.[name]
    if (!value) return [fieldRequired(`${field}.${name}`)]
    return refusals(`${field}.${name}`, value, isPathSegmentName(value))
  })
}

function validateMetrics(metrics: DeepReadonly<MetricSpec[]>, min: number | undefined, field: string): FieldError[] {
  const errors = metrics.flatMap((metric, i) => validateMetric(metric, `${field}[${i}]`))
  // What counts the load of pods says nothing where there are none.
  if (min !== 0 || metrics.some(({ type }) => type === 'Object' || type === 'External')) return errors
  const detail = 'must specify at least one Object or External metric to support scaling to zero replicas'
  return [...errors, fieldForbidden(field, detail)]
}

const types: Readonly<Record<string, 'object' | 'pods' | 'resource' | 'containerResource' | 'external'>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
}

/** As `validateMetricSpec`: of several sources only the first is looked at. */
function validateMetric(metric: DeepReadonly<MetricSpec>, field: string): FieldError[] {
  const { type = '' } = metric
  const wanted = Object.hasOwn(types, type) ? types[type] : undefined
  const unknown = fieldNotSupported(`${field}.type`, type, Object.keys(types))
  const errors: FieldError[] = []
  if (type === '') errors.push(fieldRequired(`${field}.type`, 'must specify a metric source type'))
  if (!wanted) errors.push(unknown)
  const present = (['object', 'external', 'pods', 'resource', 'containerResource'] as const).filter(
    (name) => metric[name] !== undefined,
  )
  if (metric.object) errors.push(...validateObject(metric.object, `${field}.object`))
  else if (metric.external) errors.push(...validateExternal(metric.external, `${field}.external`))
  else if (metric.pods) errors.push(...validatePods(metric.pods, `${field}.pods`))
  else if (metric.resource) errors.push(...validateResource(metric.resource, `${field}.resource`))
  else if (metric.containerResource) {
    errors.push(...validateContainerResource(metric.containerResource, `${field}.containerResource`))
  }
  if (!wanted) errors.push(unknown)
  else if (!metric[wanted]) {
    errors.push(fieldRequired(`${field}.${wanted}`, 'must populate information for the given metric source'))
  }
  if (present.length === 1) return errors
  const others = present.filter((name) => name !== wanted)
  return [
    ...errors,
    ...others.map((name) => fieldForbidden(`${field}.${name}`, 'must populate the given metric source only')),
  ]
}

function validateObject({ describedObject, metric, target }: DeepReadonly<ObjectMetricSource>, field: string) {
  const errors = [
    ...validateReference(describedObject, `${field}.describedObject`),
    ...validateIdentifier(metric, `${field}.metric`),
    ...validateTarget(target, `${field}.target`),
  ]
  if (target?.value !== undefined || target?.averageValue !== undefined) return errors
  const detail = 'must set either a target value or averageValue'
  return [...errors, fieldRequired(`${field}.target.averageValue`, detail)]
}

function validateExternal({ metric, target }: DeepReadonly<ExternalMetricSource>, field: string): FieldError[] {
  const errors = [...validateIdentifier(metric, `${field}.metric`), ...validateTarget(target, `${field}.target`)]
  const [total, average] = [target?.value !== undefined, target?.averageValue !== undefined]
  if (!total && !average) {
    const detail = 'must set either a target value for metric or a per-pod target'
    errors.push(fieldRequired(`${field}.target.averageValue`, detail))
  }
  if (total && average) {
    const detail = 'may not set both a target value for metric and a per-pod target'
    errors.push(fieldForbidden(`${field}.target.value`, detail))
  }
  return errors
}

function validatePods({ metric, target }: DeepReadonly<PodsMetricSource>, field: string): FieldError[] {
  const errors = [...validateIdentifier(metric, `${field}.metric`), ...validateTarget(target, `${field}.target`)]
  if (tryParse(target?.averageValue ?? '')?.sign() === 1) return errors
  return [...errors, fieldRequired(`${field}.target.averageValue`, 'must specify a positive target averageValue')]
}

function validateResource({ name, target }: DeepReadonly<ResourceMetricSource>, field: string): FieldError[] {
  const errors: FieldError[] = name ? [] : [fieldRequired(`${field}.name`, 'must specify a resource name')]
  return [...errors, ...validateUtilization(target, `${field}.target`)]
}

function validateContainerResource(source: DeepReadonly<ContainerResourceMetricSource>, field: string): FieldError[] {
  const errors: FieldError[] = source.name ? [] : [fieldRequired(`${field}.name`, 'must specify a resource name')]
  if (!source.container) errors.push(fieldRequired(`${field}.container`, 'must specify a container'))
  return [...errors, ...validateUtilization(source.target, `${field}.target`)]
}

function validateUtilization(target: DeepReadonly<MetricTarget> | undefined, field: string): FieldError[] {
  const errors = validateTarget(target, field)
  const [share, raw] = [target?.averageUtilization !== undefined, target?.averageValue !== undefined]
  if (!share && !raw) {
    const detail = 'must set either a target raw value or a target utilization'
    errors.push(fieldRequired(`${field}.averageUtilization`, detail))
  }
  if (share && raw) {
    const detail = 'may not set both a target raw value and a target utilization'
    errors.push(fieldForbidden(`${field}.averageValue`, detail))
  }
  return errors
}

const targetTypes = ['Utilization', 'Value', 'AverageValue']

/** As `validateMetricTarget`. */
function validateTarget(target: Partial<DeepReadonly<MetricTarget>> = {}, field: string): FieldError[] {
  const { type = '', averageUtilization } = target
  const errors: FieldError[] = []
  if (type === '') errors.push(fieldRequired(`${field}.type`, 'must specify a metric target type'))
  if (!targetTypes.includes(type)) {
    errors.push(fieldInvalid(`${field}.type`, type, 'must be either Utilization, Value, or AverageValue'))
  }
  for (const name of ['value', 'averageValue'] as const) {
    const text = target[name]
    if (text === undefined || tryParse(text)?.sign() === 1) continue
    errors.push(fieldInvalid(`${field}.${name}`, tryParse(text)?.toString() ?? text, 'must be positive'))
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(fieldInvalid(`${field}.averageUtilization`, averageUtilization, 'must be greater than 0'))
  }
  return errors
}

function validateIdentifier(metric: DeepReadonly<MetricIdentifier> | undefined, field: string): FieldError[] {
  const name = metric?.name
  if (!name) return [fieldRequired(`${field}.name`, 'must specify a metric name')]
  return refusals(`${field}.name`, name, isPathSegmentName(name))
}
