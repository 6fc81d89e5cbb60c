import { FakeClock } from '@wherry/component-base'
import { describe, expect, it } from 'vitest'
import { Balancer } from './balancer.ts'

const backends = ['a', 'b', 'c'].map((address) => ({ address, port: 1 }))
const first = (balancer: Balancer, client: string) => {
  const [backend] = balancer.candidates(client)
  if (backend) balancer.chosen(client, backend)
  return backend?.address
}

describe('a balancer', () => {
  it('takes endpoints in turn, and offers the others after', () => {
    const balancer = new Balancer(new FakeClock(), backends, 0)
    expect([1, 2, 3, 4].map(() => first(balancer, 'x'))).toEqual(['a', 'b', 'c', 'a'])
    expect(balancer.candidates('x').map(({ address }) => address)).toEqual(['b', 'c', 'a'])
  })

  it('keeps a client at its endpoint while the affinity lasts', async () => {
    const clock = new FakeClock()
    const balancer = new Balancer(clock, backends, 1000)
    expect(first(balancer, 'x')).toBe('a')
    expect(first(balancer, 'y')).toBe('b')
    expect(first(balancer, 'x')).toBe('a')
    await clock.advance(1001)
    expect(first(balancer, 'x')).toBe('a')
    expect(first(balancer, 'y')).toBe('b')
    expect(first(balancer, 'z')).toBe('c')
  })

  it('moves a client whose endpoint is gone', () => {
    const balancer = new Balancer(new FakeClock(), backends, 1000)
    expect(first(balancer, 'x')).toBe('a')
    balancer.update(backends.slice(1), 1000)
    expect(first(balancer, 'x')).not.toBe('a')
  })
})
