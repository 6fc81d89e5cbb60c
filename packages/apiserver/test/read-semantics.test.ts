import { ConfigMap } from '@wherry/api'
import { FakeClock } from '@wherry/component-base'
import { openMemoryStorage, type Storage } from '@wherry/storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call, OpenWatch } from './helpers.ts'

let clock: FakeClock
let storage: Storage
let server: TestServer
beforeAll(async () => {
  clock = new FakeClock(Date.UTC(2026, 3, 1, 12))
  storage = await openMemoryStorage()
  server = await startTestServer({ clock, storage })
  for (const name of ['a', 'b', 'c', 'd']) {
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name, labels: { odd: 'x' } } })
  }
})
afterAll(async () => {
  await server.close()
  await storage.close()
})

const maps = '/api/v1/namespaces/default/configmaps'
const token = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
const good = token({ v: 'meta.k8s.io/v1', rv: -1, start: 'b\0' })

/** Lets time pass until there is an answer. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let answered = false
  const done = () => {
    answered = true
  }
  answer.then(done, done)
  while (!answered) {
    await call(server, 'GET', `${maps}/a`)
    await clock.advance(3000)
  }
  return answer
}

interface Refusal {
  query: string
  status: number
  reason?: string
  message: string
}

const invalid = (field: string) => `ListOptions.meta.k8s.io "" is invalid: ${field}`
const unparsed = (text: string, why = 'invalid syntax') =>
  `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": ${why}`
const badToken = (problem: string) => `invalid continue token: continue key is not valid${problem}`

const lists: Refusal[] = [
  { query: 'resourceVersion=x', status: 400, message: `invalid resource version: ${unparsed('x')}` },
  { query: 'resourceVersion=-1', status: 400, message: `invalid resource version: ${unparsed('-1')}` },
  { query: 'resourceVersion=1.5', status: 400, message: `invalid resource version: ${unparsed('1.5')}` },
  {
    query: 'resourceVersion=99999999999999999999',
    status: 400,
    message: `invalid resource version: ${unparsed('99999999999999999999', 'value out of range')}`,
  },
  { query: 'limit=x', status: 400, message: 'strconv.ParseInt: parsing "x": invalid syntax' },
  { query: 'limit=', status: 400, message: 'strconv.ParseInt: parsing "": invalid syntax' },
  {
    query: 'limit=9223372036854775808',
    status: 400,
    message: 'strconv.ParseInt: parsing "9223372036854775808": value out of range',
  },
  { query: 'timeoutSeconds=1.5', status: 400, message: 'strconv.ParseInt: parsing "1.5": invalid syntax' },
  {
    query: 'resourceVersionMatch=Exact',
    status: 422,
    message: invalid(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    ),
  },
  {
    query: 'resourceVersionMatch=Exact&resourceVersion=0',
    status: 422,
    message: invalid(
      'resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ),
  },
  {
    query: 'resourceVersionMatch=Newest&resourceVersion=1',
    status: 422,
    message: invalid(
      'resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", "NotOlderThan", ""',
    ),
  },
  {
    query: `resourceVersionMatch=NotOlderThan&resourceVersion=1&continue=${good}`,
    status: 422,
    message: invalid('resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided'),
  },
  {
    query: 'sendInitialEvents=true',
    status: 422,
    message: invalid('sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list'),
  },
  {
    query: 'sendInitialEvents=false&resourceVersionMatch=Exact',
    status: 422,
    message: invalid(
      '[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided, sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list]',
    ),
  },
  {
    query: `continue=${good}&resourceVersion=1`,
    status: 400,
    message: 'specifying resource version is not allowed when using continue',
  },
  { query: 'continue=%25', status: 400, message: badToken(': illegal base64 data at input byte 0') },
  { query: 'continue=abcde', status: 400, message: badToken(': illegal base64 data at input byte 4') },
  { query: `continue=${token('{')}`, status: 400, message: badToken(': unexpected end of JSON input') },
  {
    query: `continue=${token('[]')}`,
    status: 400,
    message: badToken(': json: cannot unmarshal array into Go value of type storage.continueToken'),
  },
  {
    query: `continue=${token({ v: 'meta.k8s.io/v1', rv: '1', start: 'b' })}`,
    status: 400,
    message: badToken(': json: cannot unmarshal string into Go struct field continueToken.rv of type int64'),
  },
  {
    query: `continue=${token({ v: 'meta.k8s.io/v2', rv: 1, start: 'b' })}`,
    status: 400,
    message: badToken(': server does not recognize this encoded version meta.k8s.io/v2'),
  },
  {
    query: `continue=${token({ v: 'meta.k8s.io/v1', start: 'b' })}`,
    status: 400,
    message: badToken(': incorrect encoded start resourceVersion (version meta.k8s.io/v1)'),
  },
  {
    query: `continue=${token({ v: 'meta.k8s.io/v1', rv: 1 })}`,
    status: 400,
    message: badToken(': encoded start key empty (version meta.k8s.io/v1)'),
  },
  {
    query: `continue=${token({ v: 'meta.k8s.io/v1', rv: 1, start: '../../secrets' })}`,
    status: 400,
    message: badToken(': ../../secrets'),
  },
  { query: 'labelSelector=a%20b', status: 400, message: '' },
  { query: 'fieldSelector=a', status: 400, message: "invalid selector: 'a'; can't understand 'a'" },
  {
    query: 'fieldSelector=data.x%3D1',
    status: 400,
    message: '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  },
]

const watches: Refusal[] = [
  { query: 'resourceVersion=x', status: 500, reason: '', message: unparsed('x') },
  {
    query: 'sendInitialEvents=true',
    status: 422,
    message: invalid(
      'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    ),
  },
  {
    query: 'resourceVersionMatch=NotOlderThan',
    status: 422,
    message: invalid(
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
    ),
  },
  {
    query: 'sendInitialEvents=true&resourceVersionMatch=Exact',
    status: 422,
    message: invalid(
      '[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
    ),
  },
]

describe('a list is refused', () => {
  it.each(lists)('with ?$query', async ({ query, status, message }) => {
    const { json, ...answer } = await call(server, 'GET', `${maps}?${query}`)
    expect([answer.status, json.reason]).toEqual([status, status === 422 ? 'Invalid' : 'BadRequest'])
    if (message !== '') expect(json.message).toBe(message)
  })
})

describe('a watch is refused', () => {
  it.each(watches)('with ?$query', async ({ query, status, reason, message }) => {
    const { json, ...answer } = await call(server, 'GET', `${maps}?watch=1&${query}`)
    expect([answer.status, json.reason ?? '']).toEqual([status, reason ?? 'Invalid'])
    expect(json.message).toBe(message)
  })

  it('in YAML, once nothing else is wrong with it', async () => {
    const yaml = { accept: 'application/yaml' }
    const refused = await call(server, 'GET', `${maps}?watch=1`, undefined, yaml)
    expect([refused.status, refused.text]).toEqual([
      406,
      expect.stringMatching(
        /only the following media types are accepted: application\/json;stream=watch,\s+application\/vnd.kubernetes.protobuf;stream=watch/,
      ),
    ])
    expect((await call(server, 'GET', `${maps}?watch=1&timeoutSeconds=x`, undefined, yaml)).status).toBe(400)
  })
})

describe('a get is refused', () => {
  it.each([
    { query: 'resourceVersion=x', status: 500, message: unparsed('x') },
    { query: 'export=1', status: 400, message: 'the export parameter, deprecated since v1.14, is no longer supported' },
  ])('with ?$query', async ({ query, status, message }) => {
    const { json, ...answer } = await call(server, 'GET', `${maps}/a?${query}`)
    expect([answer.status, json.message]).toEqual([status, message])
  })
})

describe('pages', () => {
  const names = (json: { items: { metadata: { name?: string } }[] }) => json.items.map(({ metadata }) => metadata.name)

  it('are not made of any version', async () => {
    expect(names((await call(server, 'GET', `${maps}?limit=1&resourceVersion=0`)).json)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('may end with an empty one where a selector leaves the rest out', async () => {
    const first = (await call(server, 'GET', `${maps}?limit=1&labelSelector=odd,odd&fieldSelector=metadata.name!=b`))
      .json
    expect(first.metadata.continue).toBeTypeOf('string')
    expect(first.metadata.remainingItemCount).toBeUndefined()
  })

  it('count what remains', async () => {
    const first = (await call(server, 'GET', `${maps}?limit=3`)).json
    expect(first.metadata.remainingItemCount).toBe(1)
    const last = (await call(server, 'GET', `${maps}?limit=3&continue=${String(first.metadata.continue)}`)).json
    expect([names(last), last.metadata.continue, last.metadata.remainingItemCount]).toEqual([
      ['d'],
      undefined,
      undefined,
    ])
    expect(last.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  })

  it('go on at the latest version where the token says so', async () => {
    expect(names((await call(server, 'GET', `${maps}?continue=${good}`)).json)).toEqual(['c', 'd'])
  })

  it('of a version that is still to come are not waited for long', async () => {
    const future = token({ v: 'meta.k8s.io/v1', rv: 1_000_000, start: 'a' })
    const { status, json } = await inTime(call(server, 'GET', `${maps}?continue=${future}`))
    expect([status, json.reason, json.details?.causes?.[0]?.reason]).toEqual([
      504,
      'Timeout',
      'ResourceVersionTooLarge',
    ])
  })

  it('of one object are none, whatever the token', async () => {
    const query = `fieldSelector=metadata.name%3Da&continue=${good}`
    expect(names((await call(server, 'GET', `${maps}?${query}`)).json)).toEqual(['a'])
  })
})

describe('paths that begin with watch', () => {
  const first = async (path: string) => {
    const [pathname = '', search = ''] = path.split('?')
    const query = Object.fromEntries(new URLSearchParams(search))
    const stream = await server.client.stream({ method: 'GET', path: pathname, query })
    for await (const chunk of stream) {
      stream.destroy()
      const event: { type: string; object: { kind: string; metadata: { name: string } } } = JSON.parse(
        String(chunk).split('\n')[0] ?? '',
      )
      return `${event.type} ${event.object.kind} ${event.object.metadata.name}`
    }
    return ''
  }

  it.each([
    ['/api/v1/watch/configmaps', 'ADDED ConfigMap a'],
    ['/api/v1/watch/namespaces/default/configmaps', 'ADDED ConfigMap a'],
    ['/api/v1/watch/namespaces/default/configmaps/b', 'ADDED ConfigMap b'],
    ['/api/v1/watch/namespaces/default', 'ADDED Namespace default'],
    ['/api/v1/watch/namespaces?resourceVersion=0', 'ADDED Namespace default'],
    ['/apis/rbac.authorization.k8s.io/v1/watch/clusterroles/admin', 'ADDED ClusterRole admin'],
  ])('watch %s', async (path, want) => {
    expect(await first(path)).toBe(want)
  })

  it.each([
    ['GET', '/api/v1/watch/configmaps/a', 404],
    ['GET', '/api/v1/watch/namespaces/default/configmaps/a/status', 404],
    ['GET', '/api/v1/proxy/namespaces/default/services/a', 404],
    ['POST', '/api/v1/watch/configmaps', 405],
    ['GET', '/api/v1/watch/configmaps?sendInitialEvents=true', 422],
    ['GET', '/api/v1/watch/namespaces/default/configmaps/a?fieldSelector=metadata.name%3Db', 400],
  ])('are refused: %s %s is %d', async (method, path, status) => {
    expect((await call(server, method, path)).status).toBe(status)
  })
})

describe('a watch', () => {
  it('tells of a version that does not come in its stream', async () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=1000000'
    const watch = await inTime(OpenWatch.open(server, `${maps}?${query}`))
    const event = await watch.next()
    expect([event?.type, Object(event?.object).code, Object(event?.object).reason]).toEqual(['ERROR', 504, 'Timeout'])
    expect(await watch.next()).toBeUndefined()
  })

  it('that has no time left ends at once', async () => {
    const opening = OpenWatch.open(server, `${maps}?timeoutSeconds=-1&resourceVersion=1`)
    const watch = await opening
    await clock.advance(0)
    for (let event = await watch.next(); event; event = await watch.next()) expect(event.type).toBe('ADDED')
  })

  it('of a table without objects has the mark at the end of the initial ones nevertheless', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const query = 'allowWatchBookmarks=true&includeObject=None&resourceVersionMatch=NotOlderThan&sendInitialEvents=true'
    const watch = await OpenWatch.open(server, `${maps}?${query}`, { accept })
    const events = await watch.take(5)
    watch.close()
    const rows = events.map(({ object }): { object?: { metadata: { annotations?: object } } } => Object(object).rows[0])
    expect(rows[0]?.object).toBeFalsy()
    expect(rows[4]?.object?.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' })
  })
})

describe('paths that nobody serves', () => {
  it.each([
    ['/api/v1/nothing', 'Status'],
    ['/api/v2/pods', 'Status'],
    ['/apis/apps/v9/deployments', 'Status'],
    ['/apis/apps/nothing', 'Status'],
    ['/apis/nobody.example/v1/things', 'text'],
    ['/apis/nobody.example/v1', 'text'],
    ['/apis/nobody.example', 'text'],
    ['/nothing', 'text'],
  ])('%s answer with a %s', async (path, form) => {
    const { status, headers, text } = await call(server, 'GET', path)
    expect(status).toBe(404)
    if (form === 'text') {
      expect(headers['content-type']).toBe('text/plain; charset=utf-8')
      expect(text).toBe('404 page not found\n')
    } else expect(JSON.parse(text).message).toBe('the server could not find the requested resource')
  })

  it('are those whose name is no text, too', async () => {
    expect((await call(server, 'GET', `${maps}/%ff`)).status).toBe(404)
    expect((await call(server, 'GET', `${maps}/%zz`)).status).toBe(400)
  })
})

describe('a delete', () => {
  it('takes its preconditions from the query', async () => {
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'gone' } })
    expect((await call(server, 'DELETE', `${maps}/gone?uid=other`)).status).toBe(409)
    expect((await call(server, 'DELETE', `${maps}/gone?resourceVersion=1`)).status).toBe(409)
    expect((await call(server, 'DELETE', `${maps}/gone?dryRun=None`)).status).toBe(422)
    expect((await call(server, 'DELETE', `${maps}/gone?gracePeriodSeconds=x`)).status).toBe(400)
    expect((await call(server, 'DELETE', `${maps}/gone`)).status).toBe(200)
  })
})
