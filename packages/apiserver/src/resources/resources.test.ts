import { readdirSync } from 'node:fs'
import { resources } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import type { ResourceDefinition } from '../registry/resource.ts'
import { definitions, resourceHandlers } from './index.ts'

const key = (r: { group: string; version: string; resource: string }) => `${r.group}/${r.version}/${r.resource}`
const infoOf = (d: ResourceDefinition) => resources.find((r) => key(r) === key(d.kind))

/** Subresources that other parts of the server answer. */
const elsewhere = ['attach', 'exec', 'log', 'portforward', 'proxy', 'token']

describe('the resource declarations', () => {
  it('cover every stored resource of the versions that 1.36 serves by default', () => {
    const stored = resources.filter(
      (r) => /^v\d+$/.test(r.version) && ['create', 'list'].every((verb) => r.verbs.includes(verb)),
    )
    const declared = definitions.filter((d) => !d.computed)
    expect(declared.map((d) => key(d.kind)).sort()).toEqual(stored.map(key).sort())
  })

  it('declare a status and a scale exactly where the API has them', () => {
    for (const d of definitions) {
      if (d.storedAs) continue
      const has = (name: string) => infoOf(d)?.subresources.some((s) => s.name === name) ?? false
      const declared = { resource: key(d.kind), status: d.status !== undefined, scale: d.scale !== undefined }
      expect(declared).toEqual({ resource: key(d.kind), status: has('status'), scale: has('scale') })
    }
  })

  it('leave no subresource of the API without an answer', () => {
    for (const d of definitions) {
      for (const { name } of infoOf(d)?.subresources ?? []) {
        const path = `${d.kind.group}/${d.kind.resource}/${name}`
        const answered =
          elsewhere.includes(name) ||
          name === 'status' ||
          name === 'scale' ||
          d.subresources?.[name] !== undefined ||
          resourceHandlers[path] !== undefined
        expect({ path, answered }).toEqual({ path, answered: true })
      }
    }
  })

  it('use a short name once within a group', () => {
    const names = definitions.flatMap((d) =>
      d.storedAs ? [] : (d.shortNames ?? []).map((name) => `${d.kind.group}/${name}`),
    )
    expect(new Set(names).size).toBe(names.length)
  })

  it('begin their columns with the name, but for events', () => {
    for (const { kind, columns } of definitions) {
      if (kind.kind !== 'Event' && columns)
        expect({ kind: kind.kind, first: columns[0]?.name }).toEqual({ kind: kind.kind, first: 'Name' })
    }
  })

  it('are in their group’s list when they stand in its folder', async () => {
    const folder = new URL('.', import.meta.url)
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const found: unknown[] = []
    for (const file of files) {
      if (!file.includes('/') || !file.endsWith('.ts') || file.endsWith('.test.ts') || file.endsWith('index.ts'))
        continue
      const module: Record<string, unknown> = await import(new URL(file, folder).href)
      found.push(...Object.values(module).filter(isDefinition))
    }
    expect(found.length).toBe(definitions.length)
    for (const definition of found) expect(definitions).toContain(definition)
  })
})

function isDefinition(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'object'
}
