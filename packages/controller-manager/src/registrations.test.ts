import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { registrations } from './registrations.ts'

const here = new URL('.', import.meta.url)
const source = readFileSync(new URL('registrations.ts', here), 'utf8')

describe('the array of controllers', () => {
  it('names each once', () => {
    const names = registrations.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('holds every controller that there is a file for', () => {
    const files = readdirSync(here, { recursive: true, encoding: 'utf8' }).filter((file) =>
      /\/(controller|taint-eviction|replicaset-controller|replicationcontroller-controller)\.ts$/.test(file),
    )
    expect(files.length).toBeGreaterThan(15)
    for (const file of files) expect(source).toContain(`from './${file}'`)
  })
})
