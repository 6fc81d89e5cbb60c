import type { MetricSpec, MetricStatus } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { newerMetric, newerMetricStatus, olderMetric, olderMetricStatus } from './older-metrics.ts'

const described = { kind: 'Service', name: 's', apiVersion: 'v1' }
const selector = { matchLabels: { a: 'b' } }

describe('a metric in an annotation of autoscaling/v1', () => {
  it.each<[metric: MetricSpec, old: object]>([
    [
      {
        type: 'Object',
        object: { describedObject: described, metric: { name: 'm', selector }, target: { type: 'Value', value: '3' } },
      },
      { type: 'Object', object: { target: described, metricName: 'm', selector, targetValue: '3' } },
    ],
    [
      {
        type: 'Object',
        object: {
          describedObject: described,
          metric: { name: 'm' },
          target: { type: 'AverageValue', averageValue: '3' },
        },
      },
      { type: 'Object', object: { target: described, metricName: 'm', targetValue: '0', averageValue: '3' } },
    ],
    [
      { type: 'Pods', pods: { metric: { name: 'm', selector }, target: { type: 'AverageValue', averageValue: '1k' } } },
      { type: 'Pods', pods: { metricName: 'm', selector, targetAverageValue: '1k' } },
    ],
    [
      { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } } },
      { type: 'Resource', resource: { name: 'memory', targetAverageUtilization: 50 } },
    ],
    [
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'c', target: { type: 'AverageValue', averageValue: '1' } },
      },
      { type: 'ContainerResource', containerResource: { name: 'cpu', container: 'c', targetAverageValue: '1' } },
    ],
    [
      { type: 'External', external: { metric: { name: 'm', selector }, target: { type: 'Value', value: '7' } } },
      { type: 'External', external: { metricName: 'm', metricSelector: selector, targetValue: '7' } },
    ],
  ])('%j is %j, and back', (metric, old) => {
    expect(olderMetric(metric)).toEqual(old)
    expect(newerMetric(old)).toEqual(metric)
  })

  it.each<[metric: MetricStatus, old: object]>([
    [
      { type: 'Resource', resource: { name: 'memory', current: { averageValue: '1Gi', averageUtilization: 50 } } },
      { type: 'Resource', resource: { name: 'memory', currentAverageUtilization: 50, currentAverageValue: '1Gi' } },
    ],
    [
      { type: 'Object', object: { describedObject: described, metric: { name: 'm' }, current: { value: '2' } } },
      { type: 'Object', object: { target: described, metricName: 'm', currentValue: '2' } },
    ],
    [
      { type: 'External', external: { metric: { name: 'm' }, current: { averageValue: '2' } } },
      { type: 'External', external: { metricName: 'm', currentValue: '0', currentAverageValue: '2' } },
    ],
  ])('of a status, %j is %j, and back', (metric, old) => {
    expect(olderMetricStatus(metric)).toEqual(old)
    expect(newerMetricStatus(old)).toEqual(metric)
  })
})
