import { describe, expect, it } from 'vitest'
import { kubectlVersions } from '../harness/tools.ts'
import { eventually } from '../harness/eventually.ts'
import { clusterOfItsOwn } from '../harness/own-cluster.ts'

// Draining the node that other tests use would disturb them.
const cluster = clusterOfItsOwn({ nodes: 2 })

describe.each([...kubectlVersions, 'wherry'] as const)('nodes (%s)', (version) => {
  it('cordon keeps pods off, drain moves them, uncordon lets them back', async () => {
    const k = cluster.kubectl(version)
    await k.ok('create deployment web --image=wherry/hello --replicas=4')
    await k.ok('rollout status deployment/web --timeout=60s')
    expect(await k.ok('cordon node-1')).toBe('node/node-1 cordoned\n')
    expect(await k.ok('get nodes')).toMatch(/node-1 +Ready,SchedulingDisabled/)
    await k.ok(['run', 'bare', '--image=wherry/hello', '--overrides={"spec":{"nodeName":"node-1"}}'])
    const why = 'cannot delete Pods that declare no controller (use --force to override): default/bare'
    const refused = await k.fails('drain node-1')
    expect(refused).toContain('There are pending nodes to be drained:\n node-1\n')
    expect(refused.trim().split('\n').at(-1)).toContain(why)
    await k.ok('delete pod bare --now')
    const drained = await k.ok('drain node-1 --ignore-daemonsets --timeout=60s')
    expect(drained).toContain('node/node-1 drained')
    await eventually(async () => {
      const nodes = await k.ok(['get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}'])
      expect(nodes).toBe('node-2 node-2 node-2 node-2')
    })
    await k.ok('cordon node-2')
    await k.ok('run late --image=wherry/hello')
    await eventually(async () => {
      expect(await k.ok('describe pod late')).toContain('0/2 nodes are available: 2 node(s) were unschedulable')
    })
    await k.ok('uncordon node-1 node-2')
    await k.ok('wait --for=condition=Ready pod/late --timeout=60s')
    await k.ok('delete deployment/web pod/late')
  })
})
