import { request } from 'node:http'
import { ConfigMap } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callInMemory } from '../testing/in-memory.ts'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { customDefinition } from './fuzz/corpus.ts'
import { type Answer, call } from './helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  const made = await call(server, 'POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', customDefinition)
  expect(made.status).toBe(201)
  while ((await call(server, 'GET', widgets)).status !== 200);
})
afterAll(() => server.close())

const maps = '/api/v1/namespaces/default/configmaps'
const widgets = '/apis/fuzz.example/v1/namespaces/default/widgets'
const revisions = '/apis/apps/v1/namespaces/default/controllerrevisions'
const yaml = { 'content-type': 'application/yaml' }
const protobuf = { 'content-type': 'application/vnd.kubernetes.protobuf' }
const mergePatch = { 'content-type': 'application/merge-patch+json' }
const apply = { 'content-type': 'application/apply-patch+yaml' }

/** A custom resource in JSON, of which `anything` is given as text. */
const widget = (name: string, anything: string) =>
  `{"apiVersion":"fuzz.example/v1","kind":"Widget","metadata":{"name":"${name}"},"spec":{"size":1,"anything":${anything}}}`
const map = (name: string, data: string) =>
  `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"},"data":${data}}`
const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
const send = (method: string, path: string, body: string | Buffer, headers: Record<string, string> = {}) =>
  call(server, method, path, body, headers)
const refusal = ({ status, json }: Answer) => [status, json.reason, json.message]

describe('what is large', () => {
  it('is kept up to a megabyte and more, in custom resources and others', async () => {
    const text = 'x'.repeat(1_000_000)
    expect((await send('POST', widgets, widget('large', `{"text":"${text}"}`))).status).toBe(201)
    const read = await call(server, 'GET', `${widgets}/large`)
    expect(read.text).toContain(text)
    const patched = await send('PATCH', `${widgets}/large`, '{"spec":{"size":2}}', mergePatch)
    expect([patched.status, patched.text.includes(text)]).toEqual([200, true])
    expect((await send('POST', maps, map('large', `{"text":"${text}"}`))).status).toBe(201)
  })

  it('is refused beyond three megabytes', async () => {
    const body = Buffer.from(map('huge', `{"text":"${'x'.repeat(3 * 1024 * 1024)}"}`))
    const answer = await callInMemory(server.server, { method: 'POST', url: maps, body })
    expect([answer.status, JSON.parse(answer.body.toString()).message]).toEqual([
      413,
      'Request entity too large: limit is 3145728',
    ])
  })

  it('is refused where annotations are more than 256 KiB together', async () => {
    const annotated = (length: number) =>
      `{"metadata":{"name":"annotated","annotations":{"a":"${'x'.repeat(length)}"}}}`
    const refused = await send('POST', maps, annotated(256 * 1024))
    expect(refusal(refused)).toEqual([
      422,
      'Invalid',
      'ConfigMap "annotated" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
    ])
    expect((await send('POST', maps, annotated(256 * 1024 - 1))).status).toBe(201)
  })

  it('is refused as a header, and the server goes on', async () => {
    const { port } = new URL(server.url)
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'x-long': 'x'.repeat(200_000) }
      const outgoing = request({ port, host: '127.0.0.1', path: maps, headers, agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      outgoing.on('error', reject)
      outgoing.end()
    })
    expect(status).toBe(431)
    expect((await call(server, 'GET', maps, undefined, { 'x-long': 'x'.repeat(60_000) })).status).toBe(200)
  })

  it('has as many fields as there are, each with an owner', async () => {
    const data = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`key-${at}`, 'x']))
    const body = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'owned' }, data })
    const applied = await send('PATCH', `${maps}/owned?fieldManager=a`, body, apply)
    expect(applied.status).toBe(201)
    expect(applied.text).toContain('"f:key-4999":{}')
    const other = await send('PATCH', `${maps}/owned?fieldManager=b`, body.replaceAll('"x"', '"y"'), apply)
    expect([other.status, other.json.details?.causes?.length]).toEqual([409, 5000])
  })
})

describe('what is deep', () => {
  it('is kept a thousand levels down in custom resources, whatever is done to them', async () => {
    const deep = nested(1000)
    expect((await send('POST', widgets, widget('deep', deep))).status).toBe(201)
    expect((await call(server, 'GET', `${widgets}/deep`)).text).toContain(deep)
    expect((await call(server, 'GET', `${widgets}?fieldSelector=metadata.name%3Ddeep`)).text).toContain(deep)
    const asYAML = await call(server, 'GET', `${widgets}/deep`, undefined, { accept: 'application/yaml' })
    expect(asYAML.text).toContain('apiVersion: fuzz.example/v1')
    expect((await call(server, 'GET', `${widgets}/deep?pretty=1`)).status).toBe(200)
    expect((await send('PATCH', `${widgets}/deep`, '{"spec":{"size":2}}', mergePatch)).status).toBe(200)
    const jsonPatch = { 'content-type': 'application/json-patch+json' }
    const operation = `[{"op":"add","path":"/spec/anything/b","value":${deep}}]`
    expect((await send('PATCH', `${widgets}/deep`, operation, jsonPatch)).status).toBe(200)
    const applied = await send('PATCH', `${widgets}/deep?fieldManager=m&force=true`, widget('deep', deep), apply)
    expect(applied.status).toBe(200)
    const update = applied.text.replace('"size":1', '"size":3')
    expect((await send('PUT', `${widgets}/deep`, update)).status).toBe(200)
    expect((await call(server, 'DELETE', `${widgets}/deep`)).status).toBe(200)
  })

  it.each([
    ['JSON', widgets, 'POST', widget('deeper', nested(20_000)), {}],
    ['JSON of arrays', maps, 'POST', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, {}],
    ['a merge patch', `${maps}/there`, 'PATCH', nested(20_000), mergePatch],
    ['a configuration', `${maps}/there?fieldManager=m`, 'PATCH', nested(20_000), apply],
    ['YAML', maps, 'POST', `${'['.repeat(20_000)}${']'.repeat(20_000)}x`, yaml],
    ['YAML of mappings', maps, 'POST', `a: ${'{a: '.repeat(20_000)}${'}'.repeat(20_000)}`, yaml],
    [
      'YAML by indentation',
      maps,
      'POST',
      Array.from({ length: 1500 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'),
      yaml,
    ],
  ])('is refused beyond what is kept: %s', async (_, path, method, body, headers) => {
    await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'there' } }).catch(() => {})
    const { status, json } = await send(method, path, body, headers)
    expect([status, json.reason]).toEqual([400, 'BadRequest'])
  })
})

describe('keys with a meaning to JavaScript', () => {
  const odd = '{"__proto__":"a","constructor":"b","toString":"c","hasOwnProperty":"d"}'

  it('are keys as others in data', async () => {
    expect((await send('POST', maps, map('proto', odd))).status).toBe(201)
    const read = await call(server, 'GET', `${maps}/proto`)
    expect(read.text).toContain('"__proto__":"a"')
    expect(read.text).toContain('"constructor":"b"')
    const patched = await send('PATCH', `${maps}/proto`, '{"data":{"__proto__":"z","toString":null}}', mergePatch)
    expect(patched.text).toContain('"__proto__":"z"')
    expect(patched.text).not.toContain('"toString"')
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' }
    expect((await send('PATCH', `${maps}/proto`, '{"data":{"__proto__":"y"}}', strategic)).text).toContain(
      '"__proto__":"y"',
    )
    const jsonPatch = { 'content-type': 'application/json-patch+json' }
    const operation = '[{"op":"replace","path":"/data/__proto__","value":"x"}]'
    expect((await send('PATCH', `${maps}/proto`, operation, jsonPatch)).text).toContain('"__proto__":"x"')
    const applied = await send('PATCH', `${maps}/proto?fieldManager=m&force=true`, map('proto', odd), apply)
    expect(applied.text).toContain('"f:__proto__":{}')
    expect(Object.getPrototypeOf({})).toBe(Object.prototype)
    expect(Object.hasOwn(Object.prototype, 'a')).toBe(false)
  })

  it('are keys in custom resources, in YAML too', async () => {
    const made = await send('POST', widgets, widget('proto', `{"__proto__":{"polluted":true},"constructor":{"x":1}}`))
    expect(made.status).toBe(201)
    expect((await call(server, 'GET', `${widgets}/proto`)).text).toContain('"__proto__":{"polluted":true}')
    const text = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: proto-yaml}\ndata: {__proto__: a, constructor: b}\n'
    expect((await send('POST', maps, text, yaml)).text).toContain('"__proto__":"a"')
    expect(Reflect.get({}, 'polluted')).toBeUndefined()
  })

  it('are unknown fields elsewhere', async () => {
    const body = '{"metadata":{"name":"unknown-proto"},"__proto__":{"a":1},"constructor":2}'
    const strict = await send('POST', `${maps}?fieldValidation=Strict`, body)
    expect([strict.status, strict.json.message]).toEqual([
      400,
      expect.stringContaining('strict decoding error: unknown field "__proto__", unknown field "constructor"'),
    ])
    const warned = await send('POST', maps, body)
    expect([warned.status, warned.headers.warning]).toEqual([
      201,
      '299 - "unknown field \\"__proto__\\"", 299 - "unknown field \\"constructor\\""',
    ])
  })
})

describe('keys that stand twice', () => {
  it.each([
    ['JSON', map('twice', '{"a":"1","a":"2"}'), {}, 'duplicate field "data.a"'],
    [
      'YAML',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: twice}\ndata:\n  a: "1"\n  a: "2"\n',
      yaml,
      'key "a" already set in map',
    ],
  ])('are warned of, or refused, in %s', async (_, body, headers, says) => {
    const refused = await send('POST', `${maps}?fieldValidation=Strict`, body, headers)
    expect([refused.status, refused.json.message]).toEqual([400, expect.stringContaining(says)])
    const warned = await send('POST', `${maps}?dryRun=All`, body, headers)
    expect([warned.status, String(warned.headers.warning).replaceAll('\\', '')]).toEqual([
      201,
      expect.stringContaining(says),
    ])
    expect(warned.text).toContain('"data":{"a":"2"}')
    const silent = await send('POST', `${maps}?dryRun=All&fieldValidation=Ignore`, body, headers)
    expect([silent.status, silent.headers.warning]).toEqual([201, undefined])
  })
})

describe('integers beyond 2^53', () => {
  it('are exact in custom resources and in typed fields', async () => {
    const made = await send('POST', widgets, widget('long', '{"a":9007199254740993,"b":-9223372036854775808}'))
    expect(made.text).toContain('"a":9007199254740993,"b":-9223372036854775808')
    const patched = await send('PATCH', `${widgets}/long`, '{"spec":{"anything":{"c":9007199254740995}}}', mergePatch)
    expect(patched.text).toContain('"a":9007199254740993,"b":-9223372036854775808,"c":9007199254740995')
    const revision = '{"metadata":{"name":"long"},"revision":9007199254740993,"data":{"x":9223372036854775807}}'
    const read = await send('POST', revisions, revision)
    expect(read.text).toContain('"revision":9007199254740993')
    expect(read.text).toContain('"x":9223372036854775807')
    const asProtobuf = await call(server, 'GET', `${revisions}/long`, undefined, { accept: protobuf['content-type'] })
    const written = await send('PUT', `${revisions}/long`, asProtobuf.body, protobuf)
    expect(written.text).toContain('"revision":9007199254740993')
  })

  it.each([
    ['1.0', 'number 1.0 into Go struct field ControllerRevision.revision of type int64'],
    ['1e3', 'number 1e3 into Go struct field ControllerRevision.revision of type int64'],
    [
      '9223372036854775808',
      'number 9223372036854775808 into Go struct field ControllerRevision.revision of type int64',
    ],
  ])('are no integers as %s', async (number, says) => {
    const { status, json } = await send('POST', revisions, `{"metadata":{"name":"x"},"revision":${number}}`)
    expect([status, json.message]).toEqual([
      400,
      `ControllerRevision in version "v1" cannot be handled as a ControllerRevision: json: cannot unmarshal ${says}`,
    ])
  })
})

describe('text that is none', () => {
  it('has replacement characters', async () => {
    const bytes = Buffer.concat([
      Buffer.from(map('utf8', '{"a":"').slice(0, -1)),
      Buffer.from([0xff, 0xc3]),
      Buffer.from('"}}'),
    ])
    expect((await send('POST', maps, bytes)).text).toContain('"a":"\ufffd\ufffd"')
    expect((await send('POST', maps, map('half', '{"a":"\\ud800x","b":"a\\u0000b"}'))).text).toContain(
      '"a":"\ufffdx","b":"a\\u0000b"',
    )
    expect((await call(server, 'GET', `${maps}/half`)).json).toMatchObject({ data: { a: '\ufffdx', b: 'a\0b' } })
  })

  it.each(['%00', '%ff', '%ed%a0%80', 'A_B', '..%2f..'])('is the name of nothing: %s', async (name) => {
    expect([404, 400]).toContain((await call(server, 'GET', `${maps}/${name}`)).status)
  })

  it.each(['%', '%z', '%zz', '%a'])('is no path: %s', async (end) => {
    expect(refusal(await call(server, 'GET', `${maps}/a${end}`)).slice(0, 2)).toEqual([400, 'BadRequest'])
  })
})

describe('bodies made to hurt', () => {
  const bomb = [
    'a: &a [x,x,x,x,x,x,x,x,x]',
    ...'bcdefghi'.split('').map((key, at) => {
      const before = `*${'abcdefgh'[at]}`
      return `${key}: &${key} [${Array.from({ length: 9 }, () => before).join()}]`
    }),
  ].join('\n')
  const envelope = Buffer.from([0x6b, 0x38, 0x73, 0])

  it.each<[string, string | Buffer, Record<string, string>]>([
    ['YAML whose aliases grow', bomb, yaml],
    ['YAML with an alias of itself', 'a: &a [*a]', yaml],
    ['YAML with an unknown alias', 'a: *b', yaml],
    [
      'protobuf with a length beyond its end',
      Buffer.concat([envelope, Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f])]),
      protobuf,
    ],
    [
      'protobuf with a negative length',
      Buffer.concat([envelope, Buffer.from([0x0a, ...Array.from({ length: 9 }, () => 0xff), 0x01])]),
      protobuf,
    ],
    ['protobuf that ends in a tag', Buffer.concat([envelope, Buffer.from([0x80])]), protobuf],
    ['protobuf with a group', Buffer.concat([envelope, Buffer.from([0x0b])]), protobuf],
    ['protobuf with field zero', Buffer.concat([envelope, Buffer.from([0x00])]), protobuf],
    ['protobuf without its mark', Buffer.from([0x0a, 0x00]), protobuf],
    ['nothing, as protobuf', '', protobuf],
    ['nothing, as YAML', '', yaml],
    ['a mark alone, as JSON', '\ufeff', {}],
  ])('are refused: %s', async (_, body, headers) => {
    const before = server.storage.revision()
    const { status } = await send('POST', maps, body, headers)
    expect([400, 422]).toContain(status)
    expect(server.storage.revision()).toBe(before)
  })
})
