import { Deployment } from '@wherry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setOf } from './field-set.ts'
import type { Managers } from './managers.ts'
import { applySchemaOf } from './table-schema.ts'
import { type ApplyForms, applyConfiguration, updateManagers } from './updater.ts'
import { joinErrors, validateTyped } from './validate.ts'

const apiVersion = 'apps/v1'
const schema = applySchemaOf(Deployment.typeName)
const forms: ApplyForms = {
  schema: (version) => (version === apiVersion ? schema : undefined),
  convert: (object) => object,
  filter: () => undefined,
}

const name = fc.constantFrom('a', 'b', 'c')
const text = fc.constantFrom('x', 'y')
const byName = (items: { name: string }[]) => [...new Map(items.map((item) => [item.name, item])).values()]
// Lists that merge have items: an empty one is no field of anybody's, upstream too.
const container = fc.record(
  {
    name,
    image: text,
    args: fc.array(text, { maxLength: 2 }),
    env: fc.array(fc.record({ name, value: text }), { minLength: 1, maxLength: 3 }).map(byName),
  },
  { requiredKeys: ['name'] },
)
const deployment = fc.record(
  {
    metadata: fc.record(
      { labels: fc.dictionary(name, text), finalizers: fc.uniqueArray(text, { minLength: 1 }) },
      { requiredKeys: [] },
    ),
    spec: fc.record(
      {
        replicas: fc.nat(3),
        template: fc.record({
          spec: fc.record({ containers: fc.array(container, { minLength: 1, maxLength: 3 }).map(byName) }),
        }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
)

const apply = (live: unknown, config: unknown, managers: Managers, manager: string) =>
  applyConfiguration(forms, { live, config, apiVersion, managers, manager, force: true })

describe('any configurations', () => {
  it('are the same however often they are applied', async () => {
    await fc.assert(
      fc.asyncProperty(deployment, deployment, async (live, config) => {
        const first = await apply(live, config, new Map(), 'one')
        const second = await apply(first.object, config, first.managers, 'one')
        expect(second.object).toEqual(first.object)
        expect(second.managers).toEqual(first.managers)
      }),
    )
  })

  it('are what is left of an object when only they are applied to it', async () => {
    await fc.assert(
      fc.asyncProperty(deployment, deployment, async (before, config) => {
        const first = await apply({}, before, new Map(), 'one')
        const second = await apply(first.object, config, first.managers, 'one')
        const alone = await apply({}, config, new Map(), 'one')
        expect(second.managers).toEqual(alone.managers)
      }),
    )
  })

  it('change nothing that another manager owns, unless they say it', async () => {
    await fc.assert(
      fc.asyncProperty(deployment, deployment, async (one, two) => {
        const first = await apply({}, one, new Map(), 'one')
        const second = await apply(first.object, two, first.managers, 'two')
        const third = await apply(second.object, {}, second.managers, 'two')
        expect(third.managers.get('two')?.set ?? {}).toEqual({})
        const owned = third.managers.get('one')
        if (owned) expect((await apply(third.object, one, third.managers, 'one')).managers.get('one')).toBeDefined()
      }),
    )
  })
})

describe('an update', () => {
  it('gives up the fields of managers whose version is not served any more', async () => {
    const set = setOf(['f:spec', 'f:replicas'])
    const managers: Managers = new Map([['old', { set, apiVersion: 'extensions/v1beta1', applied: false }]])
    const write = { live: {}, object: {}, apiVersion, managers, manager: 'new' }
    expect(await updateManagers(forms, write)).toEqual(new Map())
  })

  it('of a struct that is there anyway adds what is in it, not the struct', async () => {
    const object = { spec: { strategy: { type: 'Recreate' }, paused: true } }
    const write = { live: {}, object, apiVersion, managers: new Map(), manager: 'new' }
    expect((await updateManagers(forms, write)).get('new')?.set).toEqual({
      'f:spec': { 'f:paused': {}, 'f:strategy': { 'f:type': {} } },
    })
  })
})

describe('a configuration', () => {
  it.each([
    { value: { spec: { replicas: '3' } }, want: '.spec.replicas: expected numeric (int or float), got string' },
    { value: { spec: { paused: 1 } }, want: '.spec.paused: expected boolean, got &{1}' },
    { value: { spec: [1] }, want: '.spec: expected map, got &{[1]}' },
    { value: { metadata: { finalizers: { a: 1 } } }, want: '.metadata.finalizers: expected list, got &{map[a:1]}' },
    {
      value: { metadata: { finalizers: ['a', 'a'] } },
      want: '.metadata.finalizers: duplicate entries for key [="a"]',
    },
    {
      value: { metadata: { name: 1234567, labels: { a: true } } },
      want: 'errors:\n  .metadata.name: expected string, got &value.valueUnstructured{Value:1.234567e+06}\n  .metadata.labels.a: expected string, got &value.valueUnstructured{Value:true}',
    },
    {
      value: { spec: { template: { spec: { containers: [null] } } } },
      want: '.spec.template.spec.containers: element 0: associative list with keys may not have a null element',
    },
  ])('is not a deployment: $want', ({ value, want }) => {
    expect(joinErrors(validateTyped(schema, value))).toBe(want)
  })
})
