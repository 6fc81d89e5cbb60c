import { ConfigMap } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../testing/index.ts'
import { call } from './helpers.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.client.create(ConfigMap, { metadata: { namespace: 'default', name: 'there' }, data: { x: '1' } })
})
afterAll(() => server.close())

const maps = '/api/v1/namespaces/default/configmaps'
const deployments = '/apis/apps/v1/namespaces/default/deployments'
const there = `${maps}/there`
const named = (more: object = {}) => ({ metadata: { name: 'new' }, ...more })
const type = (contentType: string) => ({ 'content-type': contentType })
const merge = type('application/merge-patch+json')
const jsonPatch = type('application/json-patch+json')
const strategic = type('application/strategic-merge-patch+json')

interface Case {
  name: string
  method?: string
  path?: string
  body?: object | string
  headers?: Record<string, string>
  status: number
  reason?: string
  message?: string | RegExp
}

const cases: Case[] = [
  {
    name: 'JSON that is cut off',
    body: '{"metadata":{"name":',
    status: 400,
    reason: 'BadRequest',
    message: `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({"metadata":{"name":)`,
  },
  {
    name: 'text instead of JSON',
    body: 'hello there, this is no JSON at all',
    status: 400,
    message: `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: invalid character 'h' looking for beginning of value (68656c6c6f2074686572652c2074686973206973206e6f204a534f4e2061 ...)`,
  },
  {
    name: 'an empty body',
    body: '',
    status: 400,
    message: `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)`,
  },
  { name: 'a list where an object belongs', body: '[]', status: 400, reason: 'BadRequest' },
  { name: 'null', body: 'null', status: 422 },
  { name: 'JSON nested too deeply', body: '['.repeat(20_000), status: 400, reason: 'BadRequest' },
  {
    name: 'a value of the wrong type',
    body: named({ data: { x: 1 } }),
    status: 400,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
  },
  {
    name: 'an object of another kind',
    body: named({ apiVersion: 'v1', kind: 'Service' }),
    status: 400,
    message:
      'Service in version "v1" cannot be handled as a ConfigMap: converting (v1.Service) to (core.ConfigMap): unknown conversion',
  },
  {
    name: 'an object of a kind that nobody knows',
    body: named({ apiVersion: 'v1', kind: 'Nonsense' }),
    status: 400,
    message:
      /^Nonsense in version "v1" cannot be handled as a ConfigMap: no kind "Nonsense" is registered for version "v1" in scheme/,
  },
  {
    name: 'an object of another version',
    path: '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
    body: named({ apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler' }),
    status: 400,
    message: 'the API version in the data (autoscaling/v1) does not match the expected API version (autoscaling/v2)',
  },
  {
    name: 'YAML that is none',
    body: 'a: [b',
    headers: type('application/yaml'),
    status: 400,
    message: /^the object provided is unrecognized \(must be of type ConfigMap\): .*yaml/,
  },
  {
    name: 'protobuf that is none',
    body: 'garbage',
    headers: type('application/vnd.kubernetes.protobuf'),
    status: 400,
    message: /provided data does not appear to be a protobuf message, expected prefix \[107 56 115 0\]/,
  },
  {
    name: 'protobuf that is cut off',
    body: `k8s\0\n\x0f\n\x02v1\x12\x09ConfigMap\x12\x7fx`,
    headers: type('application/vnd.kubernetes.protobuf'),
    status: 400,
    message: /unexpected EOF/,
  },
  {
    name: 'a body of another media type',
    body: named(),
    headers: type('text/plain'),
    status: 415,
    reason: 'UnsupportedMediaType',
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  { name: 'CBOR', body: named(), headers: type('application/cbor'), status: 415 },
  {
    name: 'a media type that cannot be answered with',
    method: 'GET',
    path: there,
    headers: { accept: 'text/html' },
    status: 406,
    reason: 'NotAcceptable',
    message:
      'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  },
  {
    name: 'a watch in a media type without a stream',
    method: 'GET',
    path: `${maps}?watch=true`,
    headers: { accept: 'application/yaml' },
    status: 406,
    message:
      /only the following media types are accepted: application\/json;stream=watch,\s+application\/vnd.kubernetes.protobuf;stream=watch/,
  },
  {
    name: 'a body over the limit',
    body: named({ data: { x: 'x'.repeat(3 * 1024 * 1024) } }),
    status: 413,
    reason: 'RequestEntityTooLarge',
    message: 'Request entity too large: limit is 3145728',
  },
  {
    name: 'an unknown field, strictly',
    path: `${maps}?fieldValidation=Strict`,
    body: '{"metadata":{"name":"new","nonsense":1},"date":{},"data":{"a":"1","a":"2"}}',
    status: 400,
    message:
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a", unknown field "metadata.nonsense", unknown field "date"',
  },
  {
    name: 'an unknown way to validate fields',
    path: `${maps}?fieldValidation=Hard`,
    body: named(),
    status: 422,
    message:
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Hard": supported values: "", "Ignore", "Strict", "Warn"',
  },
  {
    name: 'a dry run of another kind',
    path: `${maps}?dryRun=Some`,
    body: named(),
    status: 422,
    message: /^CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: .*supported values: "All"$/,
  },
  {
    name: 'a name that is none',
    body: { metadata: { name: 'Not A Name' } },
    status: 422,
    reason: 'Invalid',
    message:
      /^ConfigMap "Not A Name" is invalid: metadata.name: Invalid value: "Not A Name": a lowercase RFC 1123 subdomain must consist of/,
  },
  {
    name: 'no name',
    body: { metadata: {} },
    status: 422,
    message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
  },
  {
    name: 'a namespace other than the path’s',
    body: { metadata: { name: 'new', namespace: 'other' } },
    status: 400,
    message: 'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    name: 'a create with a version',
    body: { metadata: { name: 'new', resourceVersion: '1' } },
    status: 500,
    message: 'resourceVersion should not be set on objects to be created',
  },
  {
    name: 'a create in a namespace that is not there',
    path: '/api/v1/namespaces/nowhere/configmaps',
    body: named(),
    status: 404,
    reason: 'NotFound',
    message: 'namespaces "nowhere" not found',
  },
  {
    name: 'an update under another name',
    method: 'PUT',
    path: there,
    body: { metadata: { name: 'elsewhere' } },
    status: 400,
    message: 'the name of the object (elsewhere) does not match the name on the URL (there)',
  },
  {
    name: 'an update without a name',
    method: 'PUT',
    path: there,
    body: { metadata: {} },
    status: 400,
    message: 'the name of the object (there based on URL) was undeterminable: name must be provided',
  },
  {
    name: 'an update of what is not there',
    method: 'PUT',
    path: `${maps}/none`,
    body: { metadata: { name: 'none' } },
    status: 404,
    message: 'configmaps "none" not found',
  },
  {
    name: 'a label selector that does not parse',
    method: 'GET',
    path: `${maps}?labelSelector=a%3D%3D%3Db`,
    status: 400,
    reason: 'BadRequest',
    message: /^unable to parse requirement: /,
  },
  {
    name: 'a field selector that does not parse',
    method: 'GET',
    path: `${maps}?fieldSelector=metadata.name`,
    status: 400,
    message: "invalid selector: 'metadata.name'; can't understand 'metadata.name'",
  },
  {
    name: 'a field that cannot be selected by',
    method: 'GET',
    path: `${maps}?fieldSelector=data.x%3D1`,
    status: 400,
    message: '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"',
  },
  {
    name: 'a field that a kind with fields of its own does not know',
    method: 'GET',
    path: '/api/v1/pods?fieldSelector=spec.nonsense%3D1',
    status: 400,
    message: 'field label not supported: spec.nonsense',
  },
  {
    name: 'a limit that is no number',
    method: 'GET',
    path: `${maps}?limit=many`,
    status: 400,
    message: 'strconv.ParseInt: parsing "many": invalid syntax',
  },
  {
    name: 'a continue token that is none',
    method: 'GET',
    path: `${maps}?continue=nonsense`,
    status: 400,
    message: /^invalid continue token: continue key is not valid: /,
  },
  {
    name: 'a version that is no number',
    method: 'GET',
    path: `${maps}?resourceVersion=new`,
    status: 400,
    message:
      'invalid resource version: resourceVersion: Invalid value: "new": strconv.ParseUint: parsing "new": invalid syntax',
  },
  {
    name: 'a version match without a version',
    method: 'GET',
    path: `${maps}?resourceVersionMatch=Exact`,
    status: 422,
    message:
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  },
  {
    name: 'initial events of a list',
    method: 'GET',
    path: `${maps}?sendInitialEvents=true`,
    status: 422,
    message:
      'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
  },
  {
    name: 'a patch of an unknown type',
    method: 'PATCH',
    path: there,
    body: {},
    headers: type('application/json'),
    status: 415,
    message:
      /^the body of the request was in an unknown format - accepted media types include: application\/json-patch\+json, application\/merge-patch\+json, application\/strategic-merge-patch\+json/,
  },
  {
    name: 'a merge patch that is no object',
    method: 'PATCH',
    path: there,
    body: '[]',
    headers: merge,
    status: 400,
    message: 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
  },
  {
    name: 'a patch that is no JSON',
    method: 'PATCH',
    path: there,
    body: '{',
    headers: merge,
    status: 400,
    message: 'error decoding patch: unexpected end of JSON input',
  },
  {
    name: 'a JSON patch whose test fails',
    method: 'PATCH',
    path: there,
    body: [{ op: 'test', path: '/data/x', value: '2' }],
    headers: jsonPatch,
    status: 422,
    reason: 'Invalid',
  },
  {
    name: 'a JSON patch to a path that is not there',
    method: 'PATCH',
    path: there,
    body: [{ op: 'remove', path: '/nothing/here' }],
    headers: jsonPatch,
    status: 422,
  },
  {
    name: 'a patch that makes a value of the wrong type',
    method: 'PATCH',
    path: there,
    body: { data: { x: 5 } },
    headers: merge,
    status: 422,
    reason: 'Invalid',
    message: /cannot unmarshal number into Go struct field ConfigMap.data of type string/,
  },
  {
    name: 'a patch that changes the name',
    method: 'PATCH',
    path: there,
    body: { metadata: { name: 'elsewhere' } },
    headers: merge,
    status: 400,
    message: 'the name of the object (elsewhere) does not match the name on the URL (there)',
  },
  {
    name: 'a patch of what is not there',
    method: 'PATCH',
    path: `${maps}/none`,
    body: {},
    headers: strategic,
    status: 404,
    message: 'configmaps "none" not found',
  },
  {
    name: 'a forced patch that is no apply',
    method: 'PATCH',
    path: `${there}?force=true`,
    body: {},
    headers: merge,
    status: 422,
    message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  },
  {
    name: 'a delete with an unknown policy',
    method: 'DELETE',
    path: `${there}?propagationPolicy=Sideways`,
    status: 422,
    message:
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Sideways": supported values: "Foreground", "Background", "Orphan", "nil"',
  },
  {
    name: 'a delete with a body that is no JSON',
    method: 'DELETE',
    path: there,
    body: 'x',
    status: 400,
    reason: 'BadRequest',
  },
  { name: 'a path outside the API', method: 'GET', path: '/nonsense', status: 404, message: /^404 page not found$/ },
  {
    name: 'a resource that nobody knows',
    method: 'GET',
    path: '/api/v1/nonsense',
    status: 404,
    reason: 'NotFound',
    message: 'the server could not find the requested resource',
  },
  { name: 'a group that nobody knows', method: 'GET', path: '/apis/nobody.example/v1/things', status: 404 },
  { name: 'a version that nobody knows', method: 'GET', path: '/apis/apps/v9/deployments', status: 404 },
  { name: 'a subresource that nobody knows', method: 'GET', path: `${there}/nonsense`, status: 404 },
  { name: 'a path below a subresource', method: 'GET', path: `${deployments}/x/scale/more`, status: 404 },
  { name: 'a broken percent-encoding', method: 'GET', path: `${maps}/%zz`, status: 400, reason: 'BadRequest' },
  {
    name: 'a method that an object does not have',
    method: 'POST',
    path: there,
    body: named(),
    status: 405,
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
  },
  { name: 'a method that a collection does not have', method: 'PUT', path: maps, body: named(), status: 405 },
  { name: 'a method that nothing has', method: 'PROPFIND', path: maps, status: 405 },
  { name: 'a create outside of a namespace', path: '/api/v1/configmaps', body: named(), status: 405 },
  {
    name: 'a read of a kind that stores nothing',
    method: 'GET',
    path: '/apis/authentication.k8s.io/v1/tokenreviews',
    status: 405,
  },
  { name: 'an object of a namespace outside of one', method: 'GET', path: '/api/v1/configmaps/there', status: 404 },
]

describe('bad input', () => {
  it.each(cases)('$name', async ({ method = 'POST', path = maps, body, headers = {}, status, reason, message }) => {
    const answer = await call(server, method, path, body, headers)
    const said = String(answer.headers['content-type']).includes('json') ? answer.json.message : answer.text.trim()
    if (message instanceof RegExp) expect(said).toMatch(message)
    else if (message !== undefined) expect(said).toBe(message)
    expect(answer.status).toBe(status)
    if (reason !== undefined) expect(answer.json.reason).toBe(reason)
    if (String(answer.headers['content-type']).includes('json')) {
      expect(answer.json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code: status })
    }
  })

  it('in fields that nobody knows is warned of', async () => {
    const body = '{"metadata":{"name":"warned"},"date":{},"data":{"a":"1","a":"2"}}'
    const answer = await call(server, 'POST', maps, body)
    expect(answer.status).toBe(201)
    expect(answer.headers.warning).toBe('299 - "duplicate field \\"data.a\\"", 299 - "unknown field \\"date\\""')
    expect(answer.json).toMatchObject({ data: { a: '2' } })
    expect(answer.json).not.toHaveProperty('date')
    const ignored = await call(server, 'PUT', `${maps}/warned?fieldValidation=Ignore`, body)
    expect([ignored.status, ignored.headers.warning]).toEqual([200, undefined])
  })

  it('leaves the connection and the server in order', async () => {
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        call(server, 'POST', maps, i % 2 === 0 ? '{' : { metadata: { name: `ok-${i}` } }),
      ),
    )
    expect(results.map(({ status }) => status)).toEqual(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 400 : 201)))
    expect((await call(server, 'GET', '/livez')).status).toBe(200)
  })
})
