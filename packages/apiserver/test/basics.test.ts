import { ConfigMap, Namespace } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.close())

describe('an API server', () => {
  it('begins with the objects that every cluster has', async () => {
    const { items } = await server.client.list(Namespace)
    expect(items.map((item) => item.metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ])
  })

  it('creates, reads, updates and deletes', async () => {
    const { client } = server
    const key = { namespace: 'default', name: 'a' }
    const created = await client.create(ConfigMap, { metadata: key, data: { x: '1' } })
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(await client.get(ConfigMap, key)).toEqual(created)
    const updated = await client.update(ConfigMap, { ...created, data: { x: '2' } })
    expect(Number(updated.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion))
    await client.delete(ConfigMap, key)
    await expect(client.get(ConfigMap, key)).rejects.toThrow('configmaps "a" not found')
  })
})
