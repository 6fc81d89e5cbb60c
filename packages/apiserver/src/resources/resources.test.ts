import { resources } from '@wherry/api'
import { describe, expect, it } from 'vitest'
import { definitions } from './index.ts'

const key = (r: { group: string; version: string; resource: string }) => `${r.group}/${r.version}/${r.resource}`

describe('the resource declarations', () => {
  it('cover every stored resource of the versions that 1.36 serves by default', () => {
    const stored = resources.filter(
      (r) => /^v\d+$/.test(r.version) && ['create', 'list'].every((v) => r.verbs.includes(v)),
    )
    expect(definitions.map((d) => key(d.kind)).sort()).toEqual(stored.map(key).sort())
  })

  it('declare a status, a scale and further subresources exactly where the API has them', () => {
    for (const d of definitions) {
      const info = resources.find((r) => key(r) === key(d.kind))
      const has = (name: string) => info?.subresources.some((s) => s.name === name) ?? false
      if (d.storedAs) continue
      expect({ resource: key(d.kind), status: d.status !== undefined }).toEqual({
        resource: key(d.kind),
        status: has('status'),
      })
    }
  })

  it('use a short name once within a group', () => {
    const names = definitions.flatMap((d) =>
      d.storedAs ? [] : (d.shortNames ?? []).map((s) => `${d.kind.group}/${s}`),
    )
    expect(new Set(names).size).toBe(names.length)
  })
})
