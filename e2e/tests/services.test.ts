import { beforeAll, expect, it } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

/** A request on a connection of its own, as most clients of a Service make. */
async function ask(url: string): Promise<string> {
  const response = await fetch(url, { headers: { connection: 'close' }, signal: AbortSignal.timeout(10_000) })
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
  return response.text()
}

describeWithKubectl('Services', (k) => {
  let clusterURL: string
  let nodeURL: string

  beforeAll(async () => {
    await k().ok('create deployment web --image=wherry/hello --replicas=3')
    // As anywhere: who is stopped at once may still be sent what was on its way.
    const pause = { preStop: { sleep: { seconds: 1 } } }
    const patch = { spec: { template: { spec: { containers: [{ name: 'hello', lifecycle: pause }] } } } }
    await k().ok(['patch', 'deployment', 'web', '-p', JSON.stringify(patch)])
    await k().ok('expose deployment web --port=8080 --type=NodePort')
    await k().ok('rollout status deployment/web --timeout=60s')
    const nodeIP = await k().field('nodes', '{.items[0].status.addresses[?(@.type=="InternalIP")].address}')
    clusterURL = `http://${await k().field('service/web', '{.spec.clusterIP}')}:8080/`
    nodeURL = `http://${nodeIP}:${await k().field('service/web', '{.spec.ports[0].nodePort}')}/`
  })

  it('spread requests to ClusterIP and node port over all pods', async () => {
    for (const url of [clusterURL, nodeURL]) {
      const names = new Set<string>()
      await eventually(async () => {
        names.add(await ask(url))
        expect(names.size).toBe(3)
      })
    }
  })

  it('follow a rolling update without a failed request', async () => {
    const answers = { before: new Set<string>(), all: 0 }
    for (let i = 0; i < 9; i++) answers.before.add(await ask(clusterURL))
    let rolling = true
    const clients = [clusterURL, nodeURL].map(async (url) => {
      const failures: string[] = []
      while (rolling) {
        answers.all++
        await ask(url).catch((error: unknown) => failures.push(String(error)))
      }
      return failures
    })
    try {
      await k().ok('rollout restart deployment/web')
      await k().ok('rollout status deployment/web --timeout=100s')
      await eventually(async () => {
        const left = await k().ok('get pods -l app=web -o name')
        expect(left.trim().split('\n')).toHaveLength(3)
      })
    } finally {
      rolling = false
    }
    expect((await Promise.all(clients)).flat()).toEqual([])
    expect(answers.all).toBeGreaterThan(50)
    const after = new Set<string>()
    for (let i = 0; i < 9; i++) after.add(await ask(clusterURL))
    for (const name of after) expect(answers.before).not.toContain(name)
  })

  it('refuse connections when there is no ready pod, and come back', async () => {
    await k().ok('scale deployment web --replicas=0')
    await eventually(async () => expect(ask(clusterURL)).rejects.toThrow('fetch failed'))
    await k().ok('scale deployment web --replicas=1')
    await eventually(async () => expect(await ask(clusterURL)).toContain('Hello from web-'))
  })

  it('headless ones publish their endpoints', async () => {
    await k().ok('expose deployment web --name=headless --cluster-ip=None --port=8080')
    expect(await k().field('service/headless', '{.spec.clusterIP}')).toBe('None')
    await eventually(async () => {
      const slices = await k().ok('get endpointslices -l kubernetes.io/service-name=headless')
      expect(slices).toMatch(/headless-\S+ +IPv4 +8080 +127\./)
    })
  })

  it('refuse addresses and ports that are taken or out of range', async () => {
    const taken = await k().field('service/web', '{.spec.clusterIP}')
    const service = (spec: object) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'other' },
        spec: { ports: [{ port: 1 }], ...spec },
      })
    const refused = await k().fails('create -f -', { input: service({ clusterIP: taken }) })
    expect(refused).toContain(
      `spec.clusterIPs: Invalid value: ["${taken}"]: failed to allocate IP ${taken}: provided IP is already allocated`,
    )
    const nodePort = service({ type: 'NodePort', ports: [{ port: 1, nodePort: 1 }] })
    expect(await k().fails('create -f -', { input: nodePort })).toContain(
      'spec.ports[0].nodePort: Invalid value: 1: provided port is not in the valid range. The range of valid ports is 30000-32767',
    )
  })
})
