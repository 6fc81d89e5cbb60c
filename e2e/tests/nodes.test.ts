import { describe, expect, it } from 'vitest'
import { kubectlVersions } from '../harness/tools.ts'
import { eventually } from '../harness/eventually.ts'
import { clusterOfItsOwn } from '../harness/own-cluster.ts'

// Draining the node that other tests use would disturb them.
const cluster = clusterOfItsOwn({ nodes: 2 })

describe.each(kubectlVersions)('nodes (kubectl %s)', (version) => {
  it('cordon keeps pods off, drain moves them, uncordon lets them back', async () => {
    const k = cluster.kubectl(version)
    await k.ok('create deployment web --image=wherry/hello --replicas=4')
    await k.ok('rollout status deployment/web --timeout=60s')
    expect(await k.ok('cordon node-1')).toBe('node/node-1 cordoned\n')
    expect(await k.ok('get nodes')).toMatch(/node-1 +Ready,SchedulingDisabled/)
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
