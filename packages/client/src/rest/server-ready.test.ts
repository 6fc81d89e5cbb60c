import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeAPIServer } from '../../testing/index.ts'
import type { Client } from './client.ts'
import { newClient } from './new-client.ts'
import { serverReady } from './server-ready.ts'

let server: FakeAPIServer
let client: Client
let clock: FakeClock

beforeEach(async () => {
  server = await FakeAPIServer.start()
  clock = new FakeClock()
  client = newClient({ server: server.url }, { clock })
})

afterEach(() => server.close())

/** Lets the questions go out and come back while the clock goes on. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) {
    await new Promise((resolve) => setImmediate(resolve))
    await clock.advance(20)
  }
}

describe('waiting for the server', () => {
  it('ends when the server says that it is ready', async () => {
    server.handle = () => ({ status: server.requests.length < 3 ? 500 : 200 })
    let ready = false
    void serverReady(client, clock, new AbortController().signal).then(() => {
      ready = true
    })
    await until(() => ready)
    expect(server.requests.map(({ path }) => path)).toEqual(['/readyz', '/readyz', '/readyz'])
  })

  it('ends after a while without one, since the component has its own ways of waiting', async () => {
    await server.close()
    const began = clock.now()
    let over = false
    void serverReady(client, clock, new AbortController().signal).then(() => {
      over = true
    })
    await until(() => over)
    expect(clock.now() - began).toBeGreaterThanOrEqual(5_000)
    server = await FakeAPIServer.start()
  })

  it('ends with the reason when it is aborted', async () => {
    server.handle = () => ({ status: 500 })
    const controller = new AbortController()
    const waiting = serverReady(client, clock, controller.signal)
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})
