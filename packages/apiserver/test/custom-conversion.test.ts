import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { type ReviewRequest, startWebhook, type WebhookServer } from '../testing/webhook-server.ts'
import { aDefinition, anObject, call, define, pathOf, withSpec } from './custom-helpers.ts'

interface Converted {
  apiVersion: string
  spec?: { size?: number; width?: number }
  metadata: { name: string; labels?: object }
}

let server: TestServer
let webhook: WebhookServer
let answer: (request: ReviewRequest) => object

/** v1 has a `size`, v2 calls it `width`. */
function convert({ objects, desiredAPIVersion }: ReviewRequest): object {
  const list: Converted[] = Array.isArray(objects) ? objects : []
  const convertedObjects = list.map((object) => {
    const { size, width } = object.spec ?? {}
    const value = size ?? width
    const spec =
      value === undefined ? {} : desiredAPIVersion === 'stable.example.com/v1' ? { size: value } : { width: value }
    return { ...object, apiVersion: desiredAPIVersion, spec }
  })
  return { result: { status: 'Success' }, convertedObjects }
}

beforeAll(async () => {
  server = await startTestServer()
  webhook = await startWebhook((request) => answer(request))
  answer = convert
  const clientConfig = { url: `https://127.0.0.1:${webhook.port}/convert`, caBundle: webhook.caBundle }
  await define(
    server,
    aDefinition(
      'boxs',
      {},
      {
        names: { plural: 'boxs', kind: 'Box' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            ...withSpec({ type: 'object', properties: { size: { type: 'integer', maximum: 100 } } }),
            selectableFields: [{ jsonPath: '.spec.size' }],
          },
          {
            name: 'v2',
            served: true,
            storage: false,
            ...withSpec({ type: 'object', properties: { width: { type: 'integer', maximum: 10 } } }),
            selectableFields: [{ jsonPath: '.spec.width' }],
          },
        ],
        conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } },
      },
    ),
  )
})
beforeEach(() => {
  answer = convert
})
afterAll(async () => {
  await server.close()
  await webhook.close()
})

const box = (name: string, spec: object, version = 'v1') => ({
  ...anObject('boxs', name, { spec }, version),
  kind: 'Box',
})

describe('objects that a webhook converts', () => {
  it('are read and written in each version', async () => {
    expect((await call(server, 'POST', pathOf('boxs'), box('a', { size: 3 }))).status).toBe(201)
    const calls = webhook.calls.length
    expect((await call(server, 'GET', pathOf('boxs', 'a'))).body.spec).toEqual({ size: 3 })
    expect(webhook.calls).toHaveLength(calls)
    expect((await call(server, 'GET', pathOf('boxs', 'a', 'v2'))).body).toMatchObject({
      apiVersion: 'stable.example.com/v2',
      spec: { width: 3 },
    })
    const made = await call(server, 'POST', pathOf('boxs', '', 'v2'), box('b', { width: 4 }, 'v2'))
    expect(made.body).toMatchObject({ apiVersion: 'stable.example.com/v2', spec: { width: 4 } })
    expect((await call(server, 'GET', pathOf('boxs', 'b'))).body.spec).toEqual({ size: 4 })
  })

  it('are judged by the version of the request', async () => {
    const refused = await call(server, 'POST', pathOf('boxs', '', 'v2'), box('c', { width: 11 }, 'v2'))
    expect(refused.body.message).toContain('spec.width in body should be less than or equal to 10')
  })

  it('are listed with one call, and each converted once', async () => {
    const before = webhook.calls.length
    const list = await call(server, 'GET', pathOf('boxs', '', 'v2'))
    expect(list.body).toMatchObject({ kind: 'BoxList', items: [{ spec: { width: 3 } }, { spec: { width: 4 } }] })
    await call(server, 'GET', pathOf('boxs', '', 'v2'))
    expect(webhook.calls.length - before).toBeLessThanOrEqual(1)
  })

  it('are selected by the fields of the version', async () => {
    const list = await call(server, 'GET', `${pathOf('boxs', '', 'v2')}?fieldSelector=spec.width%3D4`)
    expect(list.body.items).toMatchObject([{ metadata: { name: 'b' } }])
  })

  it('are watched in order, in the version of the watch', async () => {
    const response = await fetch(`${server.url}${pathOf('boxs', '', 'v2')}?watch=true&fieldSelector=spec.width%3D7`)
    const reader = response.body?.getReader()
    await call(server, 'POST', pathOf('boxs'), box('w', { size: 7 }))
    await call(
      server,
      'PATCH',
      pathOf('boxs', 'w'),
      { spec: { size: 8 } },
      { 'content-type': 'application/merge-patch+json' },
    )
    let text = ''
    while (!text.includes('DELETED')) text += Buffer.from((await reader?.read())?.value ?? []).toString()
    await reader?.cancel()
    const events: { type: string; object: Converted }[] = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(events).toMatchObject([
      { type: 'ADDED', object: { apiVersion: 'stable.example.com/v2', spec: { width: 7 } } },
      { type: 'DELETED', object: { apiVersion: 'stable.example.com/v2', spec: { width: 7 } } },
    ])
  })

  it('keep their metadata but labels and annotations', async () => {
    answer = (request) => {
      const { convertedObjects, ...rest }: { convertedObjects?: Converted[] } = Object(convert(request))
      const changed = convertedObjects?.map((object) => ({
        ...object,
        metadata: { ...object.metadata, labels: { by: 'webhook' }, generation: 99 },
      }))
      return { ...rest, convertedObjects: changed }
    }
    await call(server, 'POST', pathOf('boxs'), box('meta', { size: 1 }))
    const { body } = await call(server, 'GET', pathOf('boxs', 'meta', 'v2'))
    expect(body.metadata).toMatchObject({ labels: { by: 'webhook' }, generation: 1 })
  })

  it.each([
    {
      name: 'says that it failed',
      reply: () => ({ result: { status: 'Failure', message: 'not today' } }),
      want: 'conversion webhook for stable.example.com/v1, Kind=Box failed: not today',
    },
    {
      name: 'gives back less',
      reply: () => ({ result: { status: 'Success' }, convertedObjects: [] }),
      want: 'conversion webhook for stable.example.com/v1, Kind=Box returned 0 objects, expected 1',
    },
    {
      name: 'gives back another version',
      reply: ({ objects }: ReviewRequest) => ({ result: { status: 'Success' }, convertedObjects: objects }),
      want: 'conversion webhook for stable.example.com/v1, Kind=Box returned invalid object at index 0: invalid groupVersion (expected stable.example.com/v2, received stable.example.com/v1)',
    },
    {
      name: 'changes the name',
      reply: (request: ReviewRequest) => {
        const { convertedObjects = [] }: { convertedObjects?: Converted[] } = Object(convert(request))
        return {
          result: { status: 'Success' },
          convertedObjects: convertedObjects.map((one) => ({ ...one, metadata: { ...one.metadata, name: 'other' } })),
        }
      },
      want: 'conversion webhook for stable.example.com/v1, Kind=Box returned invalid object: must have the same name: f != other',
    },
  ])('cannot be read where the webhook $name', async ({ reply, want }) => {
    await call(server, 'DELETE', pathOf('boxs', 'f'))
    await call(server, 'POST', pathOf('boxs'), box('f', { size: 1 }))
    answer = reply
    const { status, body } = await call(server, 'GET', pathOf('boxs', 'f', 'v2'))
    expect(body.message).toContain(want)
    expect(status).toBe(500)
  })
})
