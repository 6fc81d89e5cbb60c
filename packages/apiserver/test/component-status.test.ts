import { Lease } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call, OpenWatch } from './helpers.ts'

const path = '/api/v1/componentstatuses'
const asTable = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
const clock = new FakeClock(Date.UTC(2026, 0, 1))
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ clock, user: ({ user }) => ({ name: String(user ?? 'ann'), groups: [] }) })
})
afterAll(() => server.close())

async function rows(): Promise<unknown[]> {
  const { json } = await call(server, 'GET', path, undefined, asTable)
  const { rows: found }: { rows: { cells: unknown[] }[] } = Object(json)
  return found.map(({ cells }) => cells.slice(0, 2))
}

describe('component statuses', () => {
  it('tell of a component by the watches that it has open', async () => {
    expect(await rows()).toEqual([
      ['controller-manager', 'Unhealthy'],
      ['etcd-0', 'Healthy'],
      ['scheduler', 'Unhealthy'],
    ])
    const watch = await OpenWatch.open(server, '/api/v1/pods', { user: 'system:kube-scheduler' })
    expect((await rows())[2]).toEqual(['scheduler', 'Healthy'])
    watch.close()
    await expect.poll(rows).toContainEqual(['scheduler', 'Unhealthy'])
  })

  it('tell of a component by a lease that it renews', async () => {
    const spec = {
      holderIdentity: 'a',
      leaseDurationSeconds: 15,
      renewTime: '2026-01-01T00:00:00.000000Z',
    }
    await server.client.create(Lease, {
      metadata: { namespace: 'kube-system', name: 'kube-controller-manager' },
      spec,
    })
    expect((await rows())[0]).toEqual(['controller-manager', 'Healthy'])
    await clock.advance(15_000)
    expect((await rows())[0]).toEqual(['controller-manager', 'Unhealthy'])
  })

  it('are objects without versions, of a deprecated kind', async () => {
    const one = await call(server, 'GET', `${path}/etcd-0`)
    expect(one.json).toEqual({
      kind: 'ComponentStatus',
      apiVersion: 'v1',
      metadata: { name: 'etcd-0' },
      conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }],
    })
    expect(one.headers.warning).toBe('299 - "v1 ComponentStatus is deprecated in v1.19+"')
    const list = await call(server, 'GET', `${path}?fieldSelector=metadata.name%3Detcd-0`)
    expect(list.json).toMatchObject({ kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {} })
    expect(list.json.items.map(({ metadata }) => metadata.name)).toEqual(['etcd-0'])
  })

  it('can be read and nothing else', async () => {
    const none = await call(server, 'GET', `${path}/none`)
    expect([none.status, none.json.message]).toEqual([500, 'Component not found: none'])
    const watch = await call(server, 'GET', `${path}?watch=true`)
    expect([watch.status, watch.json.message]).toEqual([
      405,
      'watch is not supported on resources of kind "componentstatuses"',
    ])
    expect((await call(server, 'POST', path, { metadata: { name: 'x' } })).status).toBe(405)
    expect((await call(server, 'DELETE', `${path}/etcd-0`)).status).toBe(405)
  })
})
