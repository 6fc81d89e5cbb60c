import { Event } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { expect, it } from 'vitest'
import { startTestServer } from '../testing/index.ts'
import { OpenWatch } from './helpers.ts'

it('events go by themselves an hour after their last write', async () => {
  const clock = new FakeClock()
  const server = await startTestServer({ clock })
  const { client } = server
  const create = (name: string) =>
    client.create(Event, {
      metadata: { namespace: 'default', name },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      reason: 'Because',
    })
  const left = async () =>
    (await client.list(Event, { namespace: 'default' })).items.map(({ metadata }) => metadata.name)
  await create('a')
  await create('b')
  await clock.advance(30 * 60_000)
  await client.patch(Event, { namespace: 'default', name: 'a' }, { count: 2 }, { type: 'merge' })
  await create('c')
  await clock.advance(29 * 60_000)
  expect(await left()).toEqual(['a', 'b', 'c'])
  const watch = await OpenWatch.open(server, '/api/v1/namespaces/default/events')
  expect(await watch.take(3)).toHaveLength(3)
  await clock.advance(2 * 60_000)
  expect(await watch.next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'b' } } })
  watch.close()
  expect(await left()).toEqual(['a', 'c'])
  await server.close()
})
