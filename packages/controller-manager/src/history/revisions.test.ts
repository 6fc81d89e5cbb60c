import { type DaemonSet, DaemonSet as DaemonSetKind } from '@wherry/api'
import { deepFreeze } from '@wherry/apimachinery'
import { describe, expect, it } from 'vitest'
import { newRevision, planRevisions, surplusRevisions, templateOf } from './revisions.ts'

const template = (image: string) => ({ spec: { containers: [{ name: 'c', image }] } })
const owner = deepFreeze<DaemonSet>({ metadata: { name: 'agent', namespace: 'default', uid: 'u' } })
const source = (image: string) => ({
  owner,
  kind: DaemonSetKind,
  template: template(image),
  labels: { app: 'agent' },
  hashLabel: 'controller-revision-hash',
  collisionCount: 0,
})
const revision = (image: string, number: number) => deepFreeze(newRevision(source(image), number))

describe('a revision', () => {
  it('holds the template as a patch, and gives it back', () => {
    const made = revision('v1', 1)
    expect(made.data).toEqual({ spec: { template: { ...template('v1'), $patch: 'replace' } } })
    expect(made.metadata.name).toBe(`agent-${made.metadata.labels?.['controller-revision-hash']}`)
    expect(templateOf(made)).toEqual(template('v1'))
  })
})

describe('a history', () => {
  const history = [revision('v2', 2), revision('v1', 1)]
  it.each([
    { name: 'stays when its newest revision is the present one', image: 'v2', want: { action: 'none' } },
    { name: 'makes an older revision the newest', image: 'v1', want: { action: 'renumber', revision: 3 } },
    { name: 'grows by a new template', image: 'v3', want: { action: 'create', update: { revision: 3 } } },
  ])('$name', ({ image, want }) => {
    expect(planRevisions(source(image), history)).toMatchObject(want)
  })

  it('loses its oldest unused revisions beyond the limit', () => {
    const all = [revision('v3', 3), ...history]
    const numbers = (limit: number) => surplusRevisions(all, (r) => r.revision === 1, limit).map((r) => r.revision)
    expect(numbers(2)).toEqual([])
    expect(numbers(1)).toEqual([2])
    expect(numbers(0)).toEqual([2, 3])
  })
})
