import type { StatefulSet, StatefulSetSpec } from '@wherry/api'
import { deepFreeze, formatFieldError } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { statefulSets } from './stateful-set.ts'

const labels = { app: 'db' }

function errorsOf(spec: Partial<StatefulSetSpec>): string[] {
  const set: StatefulSet = {
    metadata: { name: 's' },
    spec: {
      serviceName: 's',
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'c', image: 'db:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }] },
      },
      ...spec,
    },
  }
  statefulSets.setDefaults?.(set)
  return (statefulSets.validate?.(deepFreeze(set)) ?? []).map(formatFieldError)
}
const claim = () => ({ metadata: { name: 'data' }, spec: { resources: { requests: { storage: '1Gi' } } } })

describe('a StatefulSet', () => {
  it('may mount what its claim templates provide', () => {
    expect(errorsOf({ volumeClaimTemplates: [claim()] })).toEqual([])
  })

  it('may have a volume of its template replaced by a claim', () => {
    const containers = [{ name: 'c', image: 'db:1', volumeMounts: [{ name: 'data', mountPath: '/data' }] }]
    const template = { metadata: { labels }, spec: { containers, volumes: [{ name: 'data', emptyDir: {} }] } }
    expect(errorsOf({ template, volumeClaimTemplates: [claim()] })).toEqual([])
  })

  it('may not mount what nothing provides', () => {
    expect(errorsOf({})).toEqual(['spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'])
  })
})
