import type { HorizontalPodAutoscalerBehavior, HorizontalPodAutoscalerSpec, MetricSpec } from '@wherry/api'
import { formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { validateAutoscaler } from './autoscaler-validation.ts'

const errorsOf = (spec: Partial<HorizontalPodAutoscalerSpec>) =>
  validateAutoscaler({
    metadata: { name: 'h' },
    spec: { scaleTargetRef: { kind: 'Deployment', name: 'd' }, minReplicas: 1, maxReplicas: 5, ...spec },
  }).map(formatFieldError)
const utilization = { type: 'Utilization', averageUtilization: 70 }

describe('an autoscaler', () => {
  it.each<{ name: string; spec: Partial<HorizontalPodAutoscalerSpec>; want: string[] }>([
    { name: 'a small one', spec: {}, want: [] },
    {
      name: 'down to nothing',
      spec: { minReplicas: 0 },
      want: [
        'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
        'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
      ],
    },
    {
      name: 'more at least than at most',
      spec: { minReplicas: 7 },
      want: ['spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`'],
    },
    {
      name: 'a target without a name',
      spec: { scaleTargetRef: { kind: '..', name: '' } },
      want: [
        'spec.scaleTargetRef.kind: Invalid value: "..": may not be \'..\'',
        'spec.scaleTargetRef.name: Required value',
      ],
    },
  ])('$name', ({ spec, want }) => {
    expect(errorsOf(spec)).toEqual(want)
  })

  const at = 'spec.metrics[0]'
  it.each<{ name: string; metric: MetricSpec; want: string[] }>([
    {
      name: 'the use of a resource',
      metric: { type: 'Resource', resource: { name: 'cpu', target: utilization } },
      want: [],
    },
    {
      name: 'the use by one container',
      metric: { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'c', target: utilization } },
      want: [],
    },
    {
      name: 'a load that comes from outside',
      metric: { type: 'External', external: { metric: { name: 'm' }, target: { type: 'Value', value: '3' } } },
      want: [],
    },
    {
      name: 'an unknown type',
      metric: { type: 'Moon' },
      want: [0, 1].map(
        () =>
          `${at}.type: Unsupported value: "Moon": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"`,
      ),
    },
    {
      name: 'a source that is not the type’s',
      metric: { type: 'Pods', resource: { name: 'cpu', target: utilization } },
      want: [`${at}.pods: Required value: must populate information for the given metric source`],
    },
    {
      name: 'two sources',
      metric: {
        type: 'Resource',
        resource: { name: 'cpu', target: utilization },
        pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } },
      },
      want: [`${at}.pods: Forbidden: must populate the given metric source only`],
    },
    {
      name: 'no resource, and two targets',
      metric: { type: 'Resource', resource: { name: '', target: { ...utilization, averageValue: '1' } } },
      want: [
        `${at}.resource.name: Required value: must specify a resource name`,
        `${at}.resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization`,
      ],
    },
    {
      name: 'no target',
      metric: { type: 'Resource', resource: { name: 'cpu', target: { type: '' } } },
      want: [
        `${at}.resource.target.type: Required value: must specify a metric target type`,
        `${at}.resource.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue`,
        `${at}.resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization`,
      ],
    },
    {
      name: 'nothing of a container',
      metric: { type: 'ContainerResource', containerResource: { name: 'cpu', container: '', target: utilization } },
      want: [`${at}.containerResource.container: Required value: must specify a container`],
    },
    {
      name: 'a negative average',
      metric: { type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '-1' } } },
      want: [
        `${at}.pods.target.averageValue: Invalid value: "-1": must be positive`,
        `${at}.pods.target.averageValue: Required value: must specify a positive target averageValue`,
      ],
    },
    {
      name: 'both targets of a load from outside',
      metric: {
        type: 'External',
        external: { metric: { name: 'foo/../' }, target: { type: 'Value', value: '3', averageValue: '3' } },
      },
      want: [
        `${at}.external.metric.name: Invalid value: "foo/../": may not contain '/'`,
        `${at}.external.target.value: Forbidden: may not set both a target value for metric and a per-pod target`,
      ],
    },
    {
      name: 'an object without a target',
      metric: {
        type: 'Object',
        object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: '' }, target: { type: 'Value' } },
      },
      want: [
        `${at}.object.metric.name: Required value: must specify a metric name`,
        `${at}.object.target.averageValue: Required value: must set either a target value or averageValue`,
      ],
    },
  ])('by $name', ({ metric, want }) => {
    expect(errorsOf({ metrics: [metric] })).toEqual(want)
  })

  const up = 'spec.behavior.scaleUp'
  const policy = { type: 'Pods', value: 1, periodSeconds: 15 }
  it.each<{ name: string; behavior: HorizontalPodAutoscalerBehavior; want: string[] }>([
    {
      name: 'a pod at a time',
      behavior: { scaleUp: { policies: [policy], tolerance: '50m', stabilizationWindowSeconds: 3600 } },
      want: [],
    },
    {
      name: 'no policy',
      behavior: { scaleUp: { policies: [] } },
      want: [`${up}.policies: Required value: must specify at least one Policy`],
    },
    {
      name: 'out of range',
      behavior: {
        scaleUp: {
          stabilizationWindowSeconds: 3601,
          selectPolicy: 'Any',
          tolerance: '-1',
          policies: [
            { type: 'Hops', value: 0, periodSeconds: 1801 },
            { ...policy, periodSeconds: 0 },
          ],
        },
      },
      want: [
        `${up}.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600`,
        `${up}.selectPolicy: Unsupported value: "Any": supported values: "Disabled", "Max", "Min"`,
        `${up}.policies[0].type: Unsupported value: "Hops": supported values: "Percent", "Pods"`,
        `${up}.policies[0].value: Invalid value: 0: must be greater than zero`,
        `${up}.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800`,
        `${up}.policies[1].periodSeconds: Invalid value: 0: must be greater than zero`,
        `${up}.tolerance: Invalid value: "-1": must be greater or equal to zero`,
      ],
    },
  ])('as fast as $name', ({ behavior, want }) => {
    expect(errorsOf({ behavior })).toEqual(want)
  })
})
