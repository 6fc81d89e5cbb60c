import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { applySchemaFrom, type SchemaText } from '../../testing/apply-schemas.ts'
import { parseYAML } from '../bodies/yaml-parser.ts'
import { deepFreeze } from '../meta/deep.ts'
import { excluding, type FieldFilter, type FieldSet, including, leavesOf, parseFieldSet } from './field-set.ts'
import { ApplyConflicts, type Managers } from './managers.ts'
import { mergeTyped } from './merge.ts'
import { extractItems } from './remove-items.ts'
import { type ApplySchema, deducedSchema } from './schema.ts'
import { type ApplyForms, applyConfiguration, updateManagers } from './updater.ts'
import { validateTyped } from './validate.ts'

interface Op {
  apply?: unknown
  force?: unknown
  extract?: unknown
  update?: unknown
  schema?: string
  by: string
  in: string
  conflicts?: [manager: string, path: string[]][]
}

interface Case {
  name: string
  schema: string
  ops: Op[]
  object?: unknown
  managed?: Record<string, { in: string; fields: FieldSet }>
  filter?: Record<string, { exclude?: FieldSet; include?: string[][] }>
  fails?: boolean
}

interface Tables {
  schemas: Record<string, { root?: string; types: Record<string, SchemaText> }>
  cases: Case[]
}

const tables: Tables = Object(parseYAML(readFileSync(new URL('testdata/managers.yaml', import.meta.url), 'utf8'))[0])

function schemaNamed(name: string, version: string): ApplySchema {
  const text = tables.schemas[name]
  return text ? applySchemaFrom(text.types, text.root ?? version) : deducedSchema
}

/** One object while operations change it, and who owns what. */
class Live {
  object: unknown = {}
  managers: Managers = new Map()
  #schema: string
  readonly #filters: Case['filter']

  constructor({ schema, filter }: Case) {
    this.#schema = schema
    this.#filters = filter
  }

  async run(op: Op): Promise<void> {
    if (op.schema !== undefined) this.#schema = op.schema
    else if (op.update !== undefined) await this.#update(op, op.update)
    else if (op.extract !== undefined) await this.#apply(op, this.#extended(op), true)
    else await this.#apply(op, op.force ?? op.apply, op.force !== undefined)
  }

  get #forms(): ApplyForms {
    const schema = this.#schema
    return {
      schema: (version) => schemaNamed(schema, version),
      convert: (object) => object,
      filter: (version) => filterOf(this.#filters?.[version]),
      changing: true,
    }
  }

  async #update({ by, in: apiVersion }: Op, object: unknown): Promise<void> {
    const write = { live: this.object, object, apiVersion, managers: this.managers, manager: by }
    this.managers = await updateManagers(this.#forms, deepFreeze(write))
    this.object = object
  }

  async #apply({ by, in: apiVersion, conflicts }: Op, config: unknown, force: boolean): Promise<void> {
    const errors = validateTyped(schemaNamed(this.#schema, apiVersion), config)
    if (errors.length > 0) throw new Error(errors.join())
    const write = { live: this.object, config, apiVersion, managers: this.managers, manager: by, force }
    try {
      const { object, managers } = await applyConfiguration(this.#forms, deepFreeze(write))
      this.object = object
      this.managers = managers
    } catch (error) {
      if (!(error instanceof ApplyConflicts)) throw error
      const found = error.conflicts.map(({ manager, path }) => [manager, path])
      expect(found.toSorted()).toEqual((conflicts ?? []).toSorted())
      return
    }
    expect(conflicts ?? []).toEqual([])
  }

  /** What the manager has applied, with a configuration on top of it. */
  #extended({ by, in: apiVersion, extract }: Op): unknown {
    const owned = this.managers.get(by)
    if (!owned) return extract
    const schema = schemaNamed(this.#schema, apiVersion)
    return mergeTyped(schema, extractItems(schema, this.object, leavesOf(owned.set)), extract)
  }
}

function filterOf(filter: { exclude?: FieldSet; include?: string[][] } | undefined): FieldFilter | undefined {
  if (!filter) return undefined
  return filter.include ? including(...filter.include) : excluding(parseFieldSet(filter.exclude))
}

describe.each(tables.cases)('$schema: $name', (test) => {
  it(test.fails ? 'is refused' : 'ends as it should', async () => {
    const live = new Live(test)
    const run = async () => {
      for (const op of test.ops) await live.run(op)
    }
    if (test.fails) return expect(run()).rejects.toThrow()
    await run()
    if (test.object !== undefined) expect(live.object ?? null).toEqual(test.object)
    if (!test.managed) return
    const owners = [...live.managers].map(([manager, { set, apiVersion }]) => [
      manager,
      { in: apiVersion, fields: set },
    ])
    const want = Object.entries(test.managed).map(([manager, { fields, ...version }]) => [
      manager,
      { ...version, fields: parseFieldSet(fields) },
    ])
    expect(Object.fromEntries(owners)).toEqual(Object.fromEntries(want))
  })
})
