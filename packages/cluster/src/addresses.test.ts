import { describe, expect, it } from 'vitest'
import { planCluster } from './addresses.ts'

const free = async () => true

describe('the plan of a cluster', () => {
  it('takes the first block and port when nothing is in the way', async () => {
    expect(await planCluster('wherry', 2, [], free)).toEqual({
      name: 'wherry',
      block: 0,
      apiPort: 6443,
      serviceRange: '127.64.0.0/16',
      podRange: '127.128.0.0/16',
      nodes: [
        { name: 'node-1', ip: '127.32.0.1', podCIDR: '127.128.1.0/24' },
        { name: 'node-2', ip: '127.32.0.2', podCIDR: '127.128.2.0/24' },
      ],
    })
  })

  it('keeps clear of other clusters, stopped ones too', async () => {
    const first = await planCluster('a', 1, [], free)
    expect(await planCluster('b', 1, [first], free)).toMatchObject({ block: 1, apiPort: 6444 })
  })

  it('keeps clear of addresses and ports that somebody listens on', async () => {
    const busy = new Set(['127.32.0.1:10250', '127.0.0.1:6443'])
    const probe = async (host: string, port: number) => !busy.has(`${host}:${port}`)
    expect(await planCluster('a', 1, [], probe)).toMatchObject({ block: 1, apiPort: 6444 })
  })

  it('refuses a port that was asked for and is in use', async () => {
    const probe = async (host: string) => host !== '127.0.0.1'
    await expect(planCluster('a', 1, [], probe, 7000)).rejects.toThrow('port 7000 is in use: choose another')
  })
})
