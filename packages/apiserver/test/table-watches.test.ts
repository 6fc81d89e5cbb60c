import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callInMemory } from '../testing/in-memory.ts'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { sampleOf, walked } from './samples.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

const watches = walked.filter(({ info }) => info.verbs.includes('watch'))
const query =
  'watch=1&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&includeObject=None'

interface Event {
  readonly type: string
  readonly object: {
    readonly kind: string
    readonly columnDefinitions: readonly object[] | null
    readonly rows: readonly { readonly cells: readonly unknown[]; readonly object?: object | null }[]
  }
}

describe('a watch of tables', () => {
  it.each(watches)('of $id has a row for each object, and one for the mark after them', async (resource) => {
    const body = Buffer.from(JSON.stringify(sampleOf(resource, 0)))
    const type = ['Content-Type', 'application/json'] as const
    await callInMemory(server.server, { method: 'POST', url: resource.collection, headers: [type], body })
    const { status, body: stream } = await callInMemory(server.server, {
      method: 'GET',
      url: `${resource.everywhere}?${query}`,
      headers: [['Accept', 'application/json;as=Table;g=meta.k8s.io;v=v1']],
    })
    expect(status).toBe(200)
    const events = framesOf(stream).map((frame): Event => JSON.parse(frame))
    expect(events.map(({ type }) => type)).toEqual([...events.slice(1).map(() => 'ADDED'), 'BOOKMARK'])
    const columns = events[0]?.object.columnDefinitions ?? []
    expect(columns.length).toBeGreaterThan(0)
    for (const { object } of events) {
      expect(object.kind).toBe('Table')
      expect(object.rows[0]?.cells).toHaveLength(columns.length)
    }
    expect(JSON.stringify(events.at(-1)?.object.rows[0]?.object)).toContain('k8s.io/initial-events-end')
    expect(events.slice(1).every(({ object }) => object.columnDefinitions === null)).toBe(true)
  })
})

/** The lines of an answer in chunks. */
function framesOf(chunked: Buffer): string[] {
  return chunked
    .toString('utf8')
    .split('\r\n')
    .flatMap((part) => part.split('\n'))
    .filter((line) => line.startsWith('{'))
}
