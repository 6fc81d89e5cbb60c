import { createServer } from 'node:http'
import { once } from 'node:events'
import { createServer as createTCPServer } from 'node:net'
import { EndpointSlice, Event, Service } from '@wherry/api'
import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { realClock, silentLogger } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newServiceRouter } from '../src/index.ts'

const backend = '127.200.0.1'
let server: TestServer
let stop: () => Promise<void>
let port: number

beforeEach(async () => {
  server = await startTestServer()
  const controller = new AbortController()
  const config = { nodePortAddresses: ['127.0.0.1'] }
  const deps = { client: server.client, clock: realClock, logger: silentLogger, random: () => 0, config }
  const running = newServiceRouter(deps).run(controller.signal)
  const web = createServer((_request, response) => void response.end('served'))
  web.listen(0, backend)
  await once(web, 'listening')
  const address = web.address()
  port = typeof address === 'object' && address ? address.port : 0
  stop = async () => {
    controller.abort()
    await running
    await server.close()
    web.closeAllConnections()
    web.close()
  }
})
afterEach(() => stop())

const eventually = <T>(probe: () => Promise<T>) => vi.waitFor(probe, { timeout: 10_000, interval: 10 })
const ask = async (host: string, at: number) => {
  const response = await fetch(`http://${host}:${at}/`, { headers: { connection: 'close' } })
  return response.text()
}

async function addService(at: number): Promise<Service> {
  const spec = { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: at, targetPort: port }] }
  return server.client.create(Service, { metadata: { name: 'web', namespace: 'default' }, spec })
}

async function setReady(ready: boolean): Promise<void> {
  const slice: EndpointSlice = {
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', port, protocol: 'TCP' }],
    endpoints: [{ addresses: [backend], conditions: { ready } }],
  }
  const key = { namespace: 'default', name: 'web-1' }
  const existing = await server.client.get(EndpointSlice, key).catch(() => undefined)
  if (existing) await server.client.update(EndpointSlice, { ...existing, endpoints: slice.endpoints })
  else await server.client.create(EndpointSlice, slice)
}

describe('the service router', () => {
  it('serves ClusterIP and node port while an endpoint is ready, and refuses when none is', async () => {
    const { spec } = await addService(8080)
    const clusterIP = spec?.clusterIP ?? ''
    const nodePort = spec?.ports?.[0]?.nodePort ?? 0
    await setReady(true)
    await eventually(async () => expect(await ask(clusterIP, 8080)).toBe('served'))
    expect(await ask('127.0.0.1', nodePort)).toBe('served')
    await setReady(false)
    await eventually(async () => expect(ask(clusterIP, 8080)).rejects.toThrow())
    await setReady(true)
    await eventually(async () => expect(await ask(clusterIP, 8080)).toBe('served'))
    await server.client.delete(Service, { namespace: 'default', name: 'web' })
    await eventually(async () => expect(ask(clusterIP, 8080)).rejects.toThrow())
  })

  it('says in an event when somebody else has the address, and how the Service can be reached', async () => {
    const { spec } = await addService(8081)
    const squatter = createTCPServer()
    squatter.listen(8081, spec?.clusterIP)
    await once(squatter, 'listening')
    try {
      await setReady(true)
      await eventually(async () => {
        const { items } = await server.client.list(Event, { namespace: 'default' })
        const event = items.find(
          ({ reason, involvedObject }) => reason === 'FailedToListen' && involvedObject.name === 'web',
        )
        expect(event?.message).toContain(`Cannot listen on ${spec?.clusterIP}:8081/TCP: another process listens there`)
        expect(event?.message).toContain(`it can be reached at its endpoints (${backend}:${port})`)
      })
    } finally {
      squatter.close()
    }
  })
})
