import { describe, expect, it } from 'vitest'
import { bodyEncoding, negotiate } from './negotiation.ts'

const protobuf = 'application/vnd.kubernetes.protobuf'
const table = 'application/json;as=Table;v=v1;g=meta.k8s.io'
const asTable = { kind: 'Table', version: 'v1' }

describe('the answer’s form', () => {
  it.each([
    { accept: undefined, want: { encoding: 'json', pretty: false } },
    { accept: '*/*', want: { encoding: 'json', pretty: false } },
    { accept: 'application/*', want: { encoding: 'json', pretty: false } },
    { accept: `${protobuf},application/json`, want: { encoding: 'protobuf', pretty: false } },
    { accept: `${protobuf};q=0.5,application/yaml;q=0.9`, want: { encoding: 'yaml', pretty: false } },
    { accept: `text/html,application/json;pretty=1`, want: { encoding: 'json', pretty: true } },
    { accept: `${table},application/json`, want: { encoding: 'json', pretty: false, as: asTable } },
    { accept: `${protobuf};as=Table;v=v1;g=meta.k8s.io,application/json`, want: { encoding: 'json', pretty: false } },
    {
      accept: `application/json;as=Table;v=v2;g=meta.k8s.io,application/yaml`,
      want: { encoding: 'yaml', pretty: false },
    },
    { accept: 'application/json;stream=watch', want: { encoding: 'json', pretty: false } },
    { accept: 'application/json;stream=other,application/yaml', want: { encoding: 'yaml', pretty: false } },
    { accept: 'application/json; charset=utf-8', want: { encoding: 'json', pretty: false } },
    { accept: 'text/html, */*;q=0.1', agent: 'Mozilla/5.0 (X11)', want: { encoding: 'json', pretty: true } },
    { accept: '*/*', agent: 'curl/8.1', query: 'pretty=0', want: { encoding: 'json', pretty: false } },
  ])('for $accept', ({ accept, agent, query, want }) => {
    expect(negotiate(accept, agent, { query: new URLSearchParams(query) })).toEqual(want)
  })

  it('is refused where the server has none that fits', () => {
    const none = { query: new URLSearchParams() }
    expect(() => negotiate('text/html', undefined, none)).toThrow('only the following media types are accepted')
    expect(() => negotiate(table, undefined, none, { transforms: false })).toThrow('only the following')
    expect(() => negotiate('application/yaml', undefined, none, { stream: true })).toThrow(';stream=watch')
  })
})

describe('a body’s encoding', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['application/json; charset=utf-8', 'json'],
    ['Application/YAML', 'yaml'],
    [protobuf, 'protobuf'],
  ])('of %s is %s', (contentType, want) => {
    expect(bodyEncoding(contentType)).toBe(want)
  })

  it.each(['text/plain', 'application/cbor', 'application/x-www-form-urlencoded'])(
    'of %s is refused',
    (contentType) => {
      expect(() => bodyEncoding(contentType)).toThrow('the body of the request was in an unknown format')
    },
  )
})
