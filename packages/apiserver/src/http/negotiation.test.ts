import { describe, expect, it } from 'vitest'
import { parseAccept } from './accept.ts'
import { mediaTypeOf } from './media-type.ts'
import { bodyEncoding, checkStreamable, negotiate } from './negotiation.ts'

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
    { accept: '*', want: { encoding: 'json', pretty: false } },
    { accept: 'application', want: undefined },
    { accept: 'Application/JSON', want: undefined },
    { accept: 'application/json/x', want: undefined },
    { accept: ' application/yaml ', want: { encoding: 'yaml', pretty: false } },
    { accept: 'application/json;as=BOGUS;v=v1;g=meta.k8s.io', want: undefined },
    {
      accept: 'application/json;as=BOGUS;v=v1;g=meta.k8s.io, application/json',
      want: { encoding: 'json', pretty: false },
    },
    { accept: 'application/json;v=v1', want: undefined },
    { accept: 'application/json;as=Table', want: undefined },
    { accept: 'application/json;as="Table";v=v1;g=meta.k8s.io', want: undefined },
    { accept: 'application/json;sv=v1', want: { encoding: 'json', pretty: false } },
    { accept: 'application/json;sv=v2', want: undefined },
    { accept: 'application/yaml;stream=watch', want: undefined },
    { accept: 'application/json;mine=1;export=1', want: { encoding: 'json', pretty: false } },
    { accept: `*/*,${protobuf};q=0.2`, want: { encoding: 'protobuf', pretty: false } },
    { accept: `application/json;q=x,application/yaml;q=0.1`, want: { encoding: 'yaml', pretty: false } },
    { accept: 'application/json;pretty=true', want: { encoding: 'json', pretty: false } },
    { accept: 'application/cbor', want: undefined },
    {
      accept: 'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
      want: { encoding: 'json', pretty: false, as: { kind: 'Table', version: 'v1beta1' } },
    },
    {
      accept: `${protobuf};as=PartialObjectMetadata;v=v1;g=meta.k8s.io`,
      want: { encoding: 'protobuf', pretty: false, as: { kind: 'PartialObjectMetadata', version: 'v1' } },
    },
    { accept: '*/*', query: 'pretty=T', want: { encoding: 'json', pretty: true } },
    { accept: '*/*', agent: 'curl/8.1', query: 'pretty=yes', want: { encoding: 'json', pretty: false } },
    { accept: '*/*', agent: 'curl/8.1', query: 'pretty=', want: { encoding: 'json', pretty: true } },
    { accept: 'application/json;stream=watch', want: { encoding: 'json', pretty: false } },
    { accept: 'application/json;stream=other,application/yaml', want: { encoding: 'yaml', pretty: false } },
    { accept: 'application/json; charset=utf-8', want: { encoding: 'json', pretty: false } },
    { accept: 'text/html, */*;q=0.1', agent: 'Mozilla/5.0 (X11)', want: { encoding: 'json', pretty: true } },
    { accept: '*/*', agent: 'curl/8.1', query: 'pretty=0', want: { encoding: 'json', pretty: false } },
  ])('for $accept', ({ accept, agent, query, want }) => {
    const answer = () => negotiate(accept, agent, { query: new URLSearchParams(query) })
    if (want) expect(answer()).toEqual(want)
    else {
      expect(answer).toThrow(
        'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
      )
    }
  })

  it('is no protobuf for custom resources, but for their metadata', () => {
    const none = { query: new URLSearchParams() }
    const custom = (accept: string) => negotiate(accept, undefined, none, { custom: true })
    expect(() => custom(protobuf)).toThrow('only the following media types are accepted')
    expect(custom(`${protobuf},application/json`).encoding).toBe('json')
    expect(custom(`${protobuf};as=PartialObjectMetadataList;v=v1;g=meta.k8s.io`).encoding).toBe('protobuf')
  })

  it('is refused where the server has none that fits', () => {
    const none = { query: new URLSearchParams() }
    expect(() => negotiate('text/html', undefined, none)).toThrow('only the following media types are accepted')
    expect(() => negotiate(table, undefined, none, { transforms: false })).toThrow('only the following')
    expect(() => negotiate(table, undefined, none, { table: false })).toThrow('only the following')
    expect(() => checkStreamable({ encoding: 'yaml', pretty: false })).toThrow(
      'only the following media types are accepted: application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch',
    )
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

  it.each([
    ['application/json;', 'application/json'],
    ['application/json; charset=utf-8; version="1\\"2"', 'application/json'],
    ['application/json; charset', undefined],
    ['application/json; charset=', undefined],
    ['application/json; a=1; a=2', undefined],
    ['application/json/x', undefined],
    ['application /json', undefined],
    ['', undefined],
  ])('in %j is %s', (header, want) => {
    expect(mediaTypeOf(header)).toBe(want)
  })

  it.each(['application/json; charset', 'text/plain', 'application/cbor', 'application/x-www-form-urlencoded'])(
    'of %s is refused',
    (contentType) => {
      expect(() => bodyEncoding(contentType)).toThrow('the body of the request was in an unknown format')
    },
  )
})

describe('the clauses of an Accept header', () => {
  it.each([
    ['a/b;q=0.1,c/d', ['c/d', 'a/b']],
    ['*/*,a/b;q=0.1', ['a/b', '*/*']],
    ['a/*,a/b', ['a/b', 'a/*']],
    ['a/b,c/d,e/f', ['a/b', 'c/d', 'e/f']],
    ['a/b;q=1.0;q=0,c/d;q=0.5', ['c/d', 'a/b']],
    [',,a/b,', ['a/b']],
    ['a/,/b', ['/b']],
  ])('of %s are %j', (header, want) => {
    expect(parseAccept(header).map(({ type, subtype }) => `${type}/${subtype}`)).toEqual(want)
  })
})
