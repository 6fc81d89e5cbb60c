import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { bearerToken } from './bearer-token.ts'

function requestWith(headers: IncomingMessage['headers']): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  Object.assign(request.headers, headers)
  return request
}

const encoded = `base64url.bearer.authorization.k8s.io.${Buffer.from('secret').toString('base64url')}`

describe('a bearer token', () => {
  it.each([
    { headers: { authorization: 'Bearer secret' }, want: 'secret' },
    { headers: { authorization: 'bearer  secret ' }, want: 'secret' },
    { headers: { authorization: 'Bearer ' }, want: undefined },
    { headers: { authorization: 'Basic secret' }, want: undefined },
    { headers: {}, want: undefined },
  ])('of $headers is $want', ({ headers, want }) => {
    expect(bearerToken(requestWith(headers))).toBe(want)
  })

  it('of a WebSocket may be a subprotocol, which is not left for others', () => {
    const request = requestWith({ 'sec-websocket-protocol': `${encoded}, v5.channel.k8s.io` })
    expect(bearerToken(request)).toBe('secret')
    expect(request.headers['sec-websocket-protocol']).toBe('v5.channel.k8s.io')
  })

  it('as the only subprotocol leaves none to speak', () => {
    const request = requestWith({ 'sec-websocket-protocol': encoded })
    expect(() => bearerToken(request)).toThrow('missing additional subprotocol')
  })
})
