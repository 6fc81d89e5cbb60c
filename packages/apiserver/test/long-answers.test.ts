import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { ConfigMap } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

const path = '/api/v1/namespaces/default/configmaps'
const count = 60
let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const data = { text: 'x'.repeat(50_000) }
  const create = (_: unknown, i: number) =>
    server.client.create(ConfigMap, {
      metadata: { namespace: 'default', name: `m-${String(i).padStart(3, '0')}` },
      data,
    })
  await Promise.all(Array.from({ length: count }, create))
})
afterAll(() => server.close())

describe('a list of some megabytes', () => {
  it('arrives whole, whether it is compressed or not', async () => {
    const plain = await call(server, 'GET', path)
    expect(plain.json.items.map(({ metadata }) => metadata.name)).toHaveLength(count)
    expect(plain.headers['content-length']).toBe(String(plain.body.length))
    const zipped = await call(server, 'GET', path, undefined, { 'accept-encoding': 'gzip' })
    expect(zipped.headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(zipped.body).equals(plain.body)).toBe(true)
  })

  it('leaves nothing behind when its reader goes away in the middle', async () => {
    const outgoing = request(`${server.url}${path}`, { agent: false })
    outgoing.end()
    const [answer]: IncomingMessage[] = await once(outgoing, 'response')
    if (!answer) throw new Error('no answer came')
    await once(answer, 'readable')
    answer.destroy()
    expect((await call(server, 'GET', `${path}?limit=1`)).json.items).toHaveLength(1)
  })

  it('does not keep others waiting until all of it is taken', async () => {
    const outgoing = request(`${server.url}${path}`, { agent: false })
    outgoing.end()
    const [answer]: IncomingMessage[] = await once(outgoing, 'response')
    if (!answer) throw new Error('no answer came')
    // Nothing of it is read yet.
    expect((await call(server, 'GET', `${path}/m-000`)).status).toBe(200)
    let length = 0
    for await (const chunk of answer) length += chunk.length
    expect(String(length)).toBe(answer.headers['content-length'])
  })
})
