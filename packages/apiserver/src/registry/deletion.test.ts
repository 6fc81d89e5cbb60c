import { ConfigMap, type KubeObject, type ObjectMeta, Pod } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { type DeletePlan, type DeleteRequest, isFinished, planDelete } from './deletion.ts'
import { defineResource } from './resource.ts'

const noon = Date.UTC(2026, 0, 1, 12)
const plain = defineResource(ConfigMap)
const graceful = defineResource(Pod, { gracePeriod: (_pod, requested) => requested ?? 30 })

const object = (meta: ObjectMeta): KubeObject => ({ metadata: { name: 'a', uid: 'u', resourceVersion: '7', ...meta } })
/** `deletionTimestamp/deletionGracePeriodSeconds finalizers`, or what else happens. */
function brief(plan: DeletePlan): string {
  if (plan.do !== 'mark') return plan.do
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers = [] } = plan.object.metadata
  return [`${deletionTimestamp?.slice(11, 19)}/${deletionGracePeriodSeconds}`, ...finalizers].join(' ')
}

const running = (end: string, seconds: number) => ({
  deletionTimestamp: `2026-01-01T${end}Z`,
  deletionGracePeriodSeconds: seconds,
})

const cases: {
  name: string
  definition?: typeof plain | typeof graceful
  meta?: ObjectMeta
  options?: DeleteRequest
  want: string
}[] = [
  { name: 'nothing to wait for', want: 'remove' },
  { name: 'a finalizer', meta: { finalizers: ['x'] }, want: '12:00:00/0 x' },
  { name: 'a finalizer, again', meta: { finalizers: ['x'], ...running('11:00:00', 0) }, want: '11:00:00/0 x' },
  { name: 'policy Foreground', options: { propagationPolicy: 'Foreground' }, want: '12:00:00/0 foregroundDeletion' },
  { name: 'policy Orphan', options: { propagationPolicy: 'Orphan' }, want: '12:00:00/0 orphan' },
  { name: 'policy Background', options: { propagationPolicy: 'Background' }, want: 'remove' },
  {
    name: 'a policy that overrides an earlier one',
    meta: { finalizers: ['x', 'orphan'], ...running('11:00:00', 0) },
    options: { propagationPolicy: 'Foreground' },
    want: '11:00:00/0 x foregroundDeletion',
  },
  {
    name: 'an earlier policy that stays',
    meta: { finalizers: ['orphan', 'x'], ...running('11:00:00', 0) },
    want: '11:00:00/0 x orphan',
  },
  { name: 'orphanDependents', options: { orphanDependents: true }, want: '12:00:00/0 orphan' },
  {
    name: 'orphanDependents false',
    meta: { finalizers: ['orphan'] },
    options: { orphanDependents: false },
    want: 'remove',
  },
  { name: 'the kind’s grace', definition: graceful, want: '12:00:30/30' },
  { name: 'a grace asked for', definition: graceful, options: { gracePeriodSeconds: 5 }, want: '12:00:05/5' },
  { name: 'a negative grace', definition: graceful, options: { gracePeriodSeconds: -5 }, want: '12:00:01/1' },
  { name: 'no grace', definition: graceful, options: { gracePeriodSeconds: 0 }, want: 'remove' },
  {
    name: 'no grace but a finalizer',
    definition: graceful,
    meta: { finalizers: ['x'] },
    options: { gracePeriodSeconds: 0 },
    want: '12:00:00/0 x',
  },
  { name: 'a grace that runs', definition: graceful, meta: running('12:00:20', 30), want: 'nothing' },
  {
    name: 'a longer grace than the one that runs',
    definition: graceful,
    meta: running('12:00:20', 30),
    options: { gracePeriodSeconds: 60 },
    want: 'nothing',
  },
  {
    name: 'a shorter one',
    definition: graceful,
    meta: running('12:00:20', 30),
    options: { gracePeriodSeconds: 15 },
    want: '12:00:05/15',
  },
  {
    name: 'a shorter one that is over already',
    definition: graceful,
    meta: running('12:00:05', 30),
    options: { gracePeriodSeconds: 10 },
    want: '12:00:00/1',
  },
  {
    name: 'an end to the grace that runs',
    definition: graceful,
    meta: running('12:00:20', 30),
    options: { gracePeriodSeconds: 0 },
    want: 'remove',
  },
]

describe('a delete', () => {
  it.each(cases)('with $name: $want', ({ definition = plain, meta = {}, options = {}, want }) => {
    expect(brief(planDelete(Object(definition), object(meta), options, noon))).toBe(want)
  })

  it('moves the generation when it begins, and only then', () => {
    const begun = planDelete(plain, object({ generation: 3, finalizers: ['x'] }), {}, noon)
    expect(begun).toMatchObject({ object: { metadata: { generation: 4 } } })
    if (begun.do !== 'mark') throw new Error('it was not marked')
    expect(planDelete(plain, begun.object, {}, noon)).toMatchObject({ object: { metadata: { generation: 4 } } })
  })

  it('of another object than the one meant is a conflict', () => {
    const wrong = { preconditions: { uid: 'other' } }
    expect(() => planDelete(plain, object({}), wrong, noon)).toThrow('the UID in the precondition (other)')
    const stale = { preconditions: { uid: 'u', resourceVersion: '6' } }
    expect(() => planDelete(plain, object({}), stale, noon)).toThrow('the ResourceVersion in the precondition (6)')
  })

  it.each([
    ['an object that is not being deleted', {}, {}, false],
    ['one with a finalizer left', running('11:00:00', 0), { finalizers: ['x'] }, false],
    ['one whose grace still runs', running('12:00:20', 30), {}, false],
    ['one that waits for nothing any more', running('11:00:00', 0), {}, true],
  ])('is finished by an update of %s', (_what, old: ObjectMeta, now: ObjectMeta, want) => {
    expect(isFinished(plain, object({ ...old, ...now }), object({ ...old, finalizers: ['x'] }))).toBe(want)
  })
})
