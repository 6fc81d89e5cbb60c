import { describe, expect, it } from 'vitest'
import { proxyFromEnvironment } from './environment-proxy.ts'

describe('the proxy of the environment', () => {
  const proxies = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'plain:2' }
  it.each([
    { server: 'https://a.example', want: 'http://secure:1' },
    { server: 'http://a.example', want: 'http://plain:2' },
    { server: 'https://127.5.0.1:6443', want: undefined },
    { server: 'https://[::1]:6443', want: undefined },
    { server: 'https://localhost:6443', want: undefined },
    { server: 'https://a.example', no: '*', want: undefined },
    { server: 'https://a.example', no: 'example', want: undefined },
    { server: 'https://a.example', no: '.example', want: undefined },
    { server: 'https://example', no: '.example', want: 'http://secure:1' },
    { server: 'https://anexample', no: 'example', want: 'http://secure:1' },
    { server: 'https://a.example:6443', no: 'a.example:6443', want: undefined },
    { server: 'https://a.example:6443', no: 'a.example:443', want: 'http://secure:1' },
    { server: 'https://10.1.2.3', no: 'x, 10.0.0.0/8', want: undefined },
    { server: 'https://11.1.2.3', no: '10.0.0.0/8,10.1.2.3', want: 'http://secure:1' },
    { server: 'https://[fd00::1]', no: 'fd00::1', want: undefined },
  ])('for $server without $no is $want', ({ server, no, want }) => {
    expect(proxyFromEnvironment({ ...proxies, NO_PROXY: no }, server)).toBe(want)
  })

  it('is none where the environment names none', () => {
    expect(proxyFromEnvironment({}, 'https://a.example')).toBeUndefined()
  })
})
