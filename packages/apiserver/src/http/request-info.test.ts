import { describe, expect, it } from 'vitest'
import { requestInfoOf } from './request-info.ts'

const nothing = { isResource: false, group: '', version: '', resource: '', subresource: '', namespace: '', name: '' }
const pods = { isResource: true, group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'n', name: '' }
const apps = { ...pods, group: 'apps', resource: 'deployments' }

const cases: { method?: string; url: string; want: object }[] = [
  { url: '/', want: { ...nothing, verb: 'get' } },
  { url: '/readyz?verbose', want: { ...nothing, verb: 'get', path: '/readyz' } },
  { url: '/api/v1', want: { ...nothing, verb: 'get' } },
  { url: '/apis/apps/v1', want: { ...nothing, verb: 'get' } },
  { url: '/api/v1/namespaces/n/pods', want: { ...pods, verb: 'list' } },
  { url: '/api/v1/namespaces/n/pods/', want: { ...pods, verb: 'list' } },
  { url: '/api/v1/namespaces/n/pods?watch=true', want: { ...pods, verb: 'watch' } },
  { url: '/api/v1/namespaces/n/pods?watch', want: { ...pods, verb: 'watch' } },
  { url: '/api/v1/namespaces/n/pods?watch=0', want: { ...pods, verb: 'list' } },
  { url: '/api/v1/pods?fieldSelector=metadata.name%3Da', want: { ...pods, namespace: '', verb: 'list', name: 'a' } },
  { method: 'POST', url: '/api/v1/namespaces/n/pods', want: { ...pods, verb: 'create' } },
  { method: 'DELETE', url: '/api/v1/namespaces/n/pods', want: { ...pods, verb: 'deletecollection' } },
  { url: '/api/v1/namespaces/n/pods/a', want: { ...pods, verb: 'get', name: 'a' } },
  { method: 'HEAD', url: '/api/v1/namespaces/n/pods/a', want: { ...pods, verb: 'get', name: 'a' } },
  { method: 'PUT', url: '/api/v1/namespaces/n/pods/a', want: { ...pods, verb: 'update', name: 'a' } },
  { method: 'PATCH', url: '/api/v1/namespaces/n/pods/a', want: { ...pods, verb: 'patch', name: 'a' } },
  { method: 'DELETE', url: '/api/v1/namespaces/n/pods/a', want: { ...pods, verb: 'delete', name: 'a' } },
  {
    url: '/api/v1/namespaces/n/pods/a/proxy/x/y',
    want: { ...pods, verb: 'get', name: 'a', subresource: 'proxy', parts: ['pods', 'a', 'proxy', 'x', 'y'] },
  },
  {
    url: '/apis/apps/v1/namespaces/n/deployments/a/scale',
    want: { ...apps, verb: 'get', name: 'a', subresource: 'scale' },
  },
  { url: '/api/v1/namespaces', want: { ...pods, resource: 'namespaces', namespace: '', verb: 'list' } },
  { url: '/api/v1/namespaces/n', want: { ...pods, resource: 'namespaces', verb: 'get', name: 'n' } },
  {
    url: '/api/v1/namespaces/n/status',
    want: { ...pods, resource: 'namespaces', verb: 'get', name: 'n', subresource: 'status' },
  },
  { url: '/api/v1/watch/namespaces/n/pods/a', want: { ...pods, verb: 'watch', name: 'a' } },
  { url: '/api/v1/namespaces/n/pods/a%3Ab', want: { ...pods, verb: 'get', name: 'a:b' } },
  { method: 'PROPFIND', url: '/api/v1/namespaces/n/pods', want: { ...pods, verb: '' } },
]

describe('what a request asks for', () => {
  it.each(cases)('$method $url', ({ method = 'GET', url, want }) => {
    expect(requestInfoOf(method, url)).toMatchObject(want)
  })

  it('is refused where the path is no path', () => {
    expect(() => requestInfoOf('GET', '/api/%')).toThrow('invalid URL escape')
    expect(() => requestInfoOf('GET', '/api/v1/watch')).toThrow('unable to determine kind and namespace from url')
  })
})
