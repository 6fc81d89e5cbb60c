import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { clusterOfItsOwn } from '../harness/own-cluster.ts'
import { start } from '../harness/run.ts'
import { wherry } from '../harness/tools.ts'

const cluster = clusterOfItsOwn()

const pidOf = async (component: string, name: string) => {
  const { stdout } = await cluster.wherry(['status', '--name', name])
  const row = stdout.split('\n').find((line) => line.startsWith(component)) ?? ''
  return { pid: Number(row.split(/ +/)[2]), restarts: Number(row.split(/ +/)[3]) }
}

describe('the life of a cluster', () => {
  it('up starts it and puts a context into the kubeconfig, next to what is there', async () => {
    const up = await cluster.wherry('up --name life')
    expect(up.code, up.stderr).toBe(0)
    expect(up.stderr).toMatch(/✓ certificates \([\d.]+ m?s\)/)
    expect(up.stdout).toContain('Cluster "life" is up')
    expect(up.stdout).toContain('Try:')
    expect(await cluster.kubectl().ok('config get-contexts -o name')).toBe('wherry-life\n')
    expect(await cluster.kubectl().ok('get namespaces -o name')).toBe(
      'namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system\n',
    )
  })

  it('up on a running cluster says so, and status shows its processes', async () => {
    const again = await cluster.wherry('up --name life')
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('is already running')])
    const status = await cluster.wherry('status --name life')
    expect([status.code, status.stdout]).toEqual([0, expect.stringMatching(/apiserver +Running +\d+ +0/)])
    expect((await cluster.wherry('clusters')).stdout).toMatch(/life +Running +1 +https:\/\/127\.0\.0\.1:\d+/)
  })

  it('kubeconfig prints one that works by itself', async () => {
    const { stdout } = await cluster.wherry('kubeconfig --name life')
    expect(stdout).toMatch(/^apiVersion: v1\n/)
    const file = join(cluster.home, 'printed.yaml')
    await writeFile(file, stdout, { mode: 0o600 })
    expect(await cluster.kubectl().ok(['--kubeconfig', file, 'get', 'nodes', '-o', 'name'])).toBe('node/node-1\n')
  })

  it('a second cluster lives beside it', async () => {
    const second = await cluster.wherry('up --name second')
    expect(second.code, second.stderr).toBe(0)
    const k = cluster.kubectl()
    await k.ok('--context=wherry-second create configmap only-here')
    expect(await k.fails('--context=wherry-life get configmap only-here')).toContain('not found')
    expect((await cluster.wherry('destroy --name second')).code).toBe(0)
    expect(await k.ok('config get-contexts -o name')).toBe('wherry-life\n')
  })

  it.each(['controller-manager', 'scheduler', 'service-router', 'apiserver', 'node-agent-node-1'])(
    '%s comes back when it is killed, and the cluster goes on',
    async (component) => {
      await cluster.kubectl().ok('config use-context wherry-life')
      const before = await pidOf(component, 'life')
      process.kill(before.pid, 'SIGKILL')
      await eventually(async () => {
        const after = await pidOf(component, 'life')
        expect(after.pid).toBeGreaterThan(0)
        expect(after.pid).not.toBe(before.pid)
        expect(after.restarts).toBe(before.restarts + 1)
      })
      const name = `after-${component}`
      await eventually(() => cluster.kubectl().ok(['run', name, '--image=wherry/hello']))
      await eventually(() => cluster.kubectl().ok(['wait', '--for=condition=Ready', `pod/${name}`, '--timeout=20s']))
      await cluster.kubectl().ok(['delete', 'pod', name])
    },
  )

  it('a restart of the node agent does not restart containers', async () => {
    const k = cluster.kubectl()
    await k.ok('run steady --image=wherry/hello')
    await k.ok('wait --for=condition=Ready pod/steady --timeout=60s')
    const started = await k.field('pod/steady', '{.status.containerStatuses[0].containerID}')
    const { pid, restarts } = await pidOf('node-agent-node-1', 'life')
    process.kill(pid, 'SIGKILL')
    await eventually(async () => expect((await pidOf('node-agent-node-1', 'life')).restarts).toBe(restarts + 1))
    await eventually(async () => expect(await k.ok('exec steady -- echo here')).toBe('here\n'))
    expect(await k.field('pod/steady', '{.status.containerStatuses[0].containerID}')).toBe(started)
    expect(await k.field('pod/steady', '{.status.containerStatuses[0].restartCount}')).toBe('0')
  })

  it('down stops everything, and up brings everything back', async () => {
    const k = cluster.kubectl()
    await k.ok('create deployment kept --image=wherry/hello --replicas=2')
    await k.ok('expose deployment kept --port=8080')
    await k.ok('rollout status deployment/kept --timeout=60s')
    const clusterIP = await k.field('service/kept', '{.spec.clusterIP}')
    expect((await cluster.wherry('down --name life')).stdout).toContain('is stopped')
    expect((await cluster.wherry('status --name life')).code).toBe(1)
    await expect(fetch(`http://${clusterIP}:8080/`)).rejects.toThrow()
    expect((await cluster.wherry('down --name life')).stdout).toContain('was not running')
    const up = await cluster.wherry('up --name life')
    expect([up.code, up.stdout]).toEqual([0, expect.stringContaining('is up again')])
    await k.ok('wait --for=jsonpath={.status.readyReplicas}=2 deployment/kept --timeout=60s')
    const answer = await eventually(async () => (await fetch(`http://${clusterIP}:8080/`)).text())
    expect(answer).toMatch(/^Hello from kept-/)
  })

  it('up says who has taken its port, and moves to another on request', async () => {
    expect((await cluster.wherry('down --name life')).code).toBe(0)
    const { server: address = '' } =
      /(?<server>127\.0\.0\.1:\d+)/.exec((await cluster.wherry('clusters')).stdout)?.groups ?? {}
    const port = Number(address.split(':')[1])
    const squatter = createServer()
    squatter.listen(port, '127.0.0.1')
    await once(squatter, 'listening')
    onTestFinished(() => void squatter.close())
    const refused = await cluster.wherry('up --name life')
    expect([refused.code, refused.stderr]).toEqual([
      1,
      `error: port ${port} is in use: stop what listens there, or choose another with --port\n`,
    ])
    const moved = await cluster.wherry(`up --name life --port ${port + 500}`)
    expect([moved.code, moved.stdout]).toEqual([0, expect.stringContaining(`https://127.0.0.1:${port + 500}`)])
    expect(await cluster.kubectl().ok('get nodes -o name')).toBe('node/node-1\n')
  })

  it('up mends a cluster whose supervisors were killed', async () => {
    const run = join(cluster.home, 'clusters/life/run')
    const before = await pidOf('scheduler', 'life')
    for (const name of ['scheduler', 'apiserver']) {
      process.kill(Number(await readFile(join(run, `${name}.supervisor`), 'utf8')), 'SIGKILL')
    }
    const status = await eventually(async () => {
      const answer = await cluster.wherry('status --name life')
      expect(answer.code).toBe(1)
      return answer.stdout
    })
    expect(status).toMatch(/apiserver +Unsupervised/)
    expect(status).toContain('"wherry up --name life" mends that')
    expect((await cluster.wherry('up --name life')).stdout).toContain('what was missing has been started')
    expect((await cluster.wherry('status --name life')).code).toBe(0)
    expect((await pidOf('scheduler', 'life')).pid).not.toBe(before.pid)
  })

  it('up that is interrupted leaves nothing running, and goes on when it is called again', async () => {
    const env = { WHERRY_HOME: cluster.home, KUBECONFIG: cluster.kubeconfig }
    const up = start(wherry, ['up', '--name', 'broken-off'], { env })
    await up.line(/✓ certificates/)
    await up.stop()
    expect(await up.ended).toBe(130)
    expect((await cluster.wherry('status --name broken-off')).stdout).toContain('is stopped')
    expect((await cluster.wherry('up --name broken-off')).stdout).toContain('Cluster "broken-off" is up')
    expect((await cluster.wherry('destroy --name broken-off')).code).toBe(0)
    await cluster.kubectl().ok('config use-context wherry-life')
  })

  it('component-logs prints what the components wrote', async () => {
    const logs = await cluster.wherry('component-logs apiserver --name life --tail 5')
    expect([logs.code, logs.stdout]).toEqual([0, expect.stringMatching(/^\{"time":/m)])
    const follow = start(wherry, ['component-logs', 'scheduler', '-f', '--name', 'life'], {
      env: { WHERRY_HOME: cluster.home },
    })
    await follow.line(/^\{"time":/)
    await follow.stop()
    expect(await follow.ended).toBe(0)
    const unknown = await cluster.wherry('component-logs etcd --name life')
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('choose from apiserver, ')])
  })

  it('an image that is registered runs', async () => {
    const k = cluster.kubectl()
    const added = await cluster.wherry([
      'image',
      'add',
      'e2e/greeter:v1',
      cluster.home,
      '--',
      'sh',
      '-c',
      'pwd; sleep 1000',
    ])
    expect(added.code, added.stderr).toBe(0)
    expect((await cluster.wherry('image list')).stdout).toContain('e2e/greeter:v1')
    await k.ok('run greeter --image=e2e/greeter:v1')
    await k.ok('wait --for=condition=Ready pod/greeter --timeout=30s')
    expect(await k.ok('logs greeter')).toBe(`${cluster.home}\n`)
    await k.ok('delete pod greeter --now')
  })

  it('secrets on disk are their owner’s alone', async () => {
    const { stdout } = await cluster.wherry('kubeconfig --name life')
    expect(stdout).toContain('client-key-data')
    const key = join(cluster.home, 'clusters/life/pki/ca.key')
    expect((await readFile(key, 'utf8')).startsWith('-----BEGIN PRIVATE KEY-----')).toBe(true)
  })

  it('destroy removes it, its context and its files', async () => {
    expect((await cluster.wherry('destroy --name life')).code).toBe(0)
    expect((await cluster.wherry('clusters')).stdout).toContain('No clusters')
    expect(await cluster.kubectl().ok('config get-contexts -o name')).toBe('')
  })
})

describe('what cannot be done', () => {
  it('says so in one line with what to do', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const busy = await cluster.wherry(`up --name busy --port ${port}`)
    expect([busy.code, busy.stderr]).toEqual([
      1,
      expect.stringContaining(`port ${port} is in use: choose another with --port`),
    ])
    const name = await cluster.wherry('up --name No_Good')
    expect([name.code, name.stderr]).toEqual([1, expect.stringContaining('"No_Good" cannot name a cluster')])
    const nowhere = await cluster.wherry('up --home /proc/nowhere')
    expect([nowhere.code, nowhere.stderr]).toEqual([1, expect.stringContaining('choose another place with --home')])
    const none = await cluster.wherry('down --name none')
    expect([none.code, none.stderr]).toEqual([1, expect.stringContaining('start one with "wherry up --name none"')])
  })
})
