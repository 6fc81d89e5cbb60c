import { createServer } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Pod } from '@wherry/api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AgentFixture, anAgent, aPod, eventually, isReady, openCommand, openSpdy } from '../testing/index.ts'

let agent: AgentFixture
const base = '/api/v1/namespaces/default/pods/web'

beforeAll(async () => {
  agent = await anAgent()
  const script = 'echo one; echo two; echo three; while :; do sleep 0.05; done'
  await agent.client.create(Pod, aPod('web', script))
  await agent.podThat('web', isReady)
  await eventually(async () => (await log()).text.includes('three'))
})

afterAll(() => agent.close())

async function log(query: Record<string, string> = {}, pod = 'web'): Promise<{ status: number; text: string }> {
  const path = `/api/v1/namespaces/default/pods/${pod}/log`
  const { status, body } = await agent.client.request({ method: 'GET', path, query })
  return { status, text: body.toString() }
}

const exec = (command: string[], more: Record<string, boolean> = {}, protocol?: string) =>
  openCommand(agent.client, `${base}/exec`, { command, stdout: true, stderr: true, ...more }, protocol)

const exitCode = (code: number) => ({
  metadata: {},
  status: 'Failure',
  message: `command terminated with non-zero exit code: exit status ${code}`,
  reason: 'NonZeroExitCode',
  details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
})
const success = { metadata: {}, status: 'Success' }

describe('the log of a container', () => {
  it.each<{ query: Record<string, string>; want: string }>([
    { query: {}, want: 'one\ntwo\nthree\n' },
    { query: { tailLines: '1' }, want: 'three\n' },
    { query: { limitBytes: '5' }, want: 'one\nt' },
    { query: { sinceSeconds: '1000' }, want: 'one\ntwo\nthree\n' },
    { query: { sinceTime: '2100-01-01T00:00:00Z' }, want: '' },
  ])('is given as asked: $query', async ({ query, want }) => {
    expect((await log(query)).text).toBe(want)
  })

  it('has times when they are asked for', async () => {
    expect((await log({ timestamps: 'true', tailLines: '1' })).text).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z three\n$/)
  })

  it('is followed until the container has ended', async () => {
    await agent.client.create(Pod, aPod('short', 'echo begin; sleep 0.3; echo end', { restartPolicy: 'Never' }))
    await agent.podThat('short', ({ status }) => status?.phase === 'Running')
    expect((await log({ follow: 'true' }, 'short')).text).toBe('begin\nend\n')
  })

  it('of an earlier attempt is there, and is missed in upstream’s words', async () => {
    const script =
      'echo "run $(ls /count | wc -l)"; touch /count/$$; [ $(ls /count | wc -l) -gt 1 ] && sleep 1000; exit 1'
    const volumeMounts = [{ name: 'c', mountPath: '/count' }]
    const container = { name: 'main', image: 'x', command: ['/bin/sh', '-c', script], volumeMounts }
    const volumes = [{ name: 'c', emptyDir: {} }]
    await agent.client.create(Pod, aPod('again', '', { volumes, containers: [container] }))
    await agent.podThat('again', (pod) => isReady(pod) && pod.status?.containerStatuses?.[0]?.restartCount === 1)
    expect((await log({ previous: 'true' }, 'again')).text).toBe('run 0\n')
    expect((await log({}, 'again')).text).toBe('run 1\n')
    const { status, text } = await log({ previous: 'true' })
    expect(status).toBe(400)
    expect(text).toContain('previous terminated container \\"main\\" in pod \\"web\\" not found')
  })

  it('of a container that waits says what it waits for', async () => {
    await agent.client.create(Pod, aPod('none', '', { containers: [{ name: 'main', image: 'nginx' }] }))
    await agent.podThat(
      'none',
      ({ status }) => status?.containerStatuses?.[0]?.state?.waiting?.reason === 'ImagePullBackOff',
    )
    const { status, text } = await log({}, 'none')
    expect(status).toBe(400)
    expect(text).toContain(
      'container \\"main\\" in pod \\"none\\" is waiting to start: trying and failing to pull image',
    )
  })
})

describe('exec over a WebSocket', () => {
  it('gives both streams and the exit code', async () => {
    const { result } = await exec(['sh', '-c', 'echo out; echo err >&2; exit 3'])
    expect(await result).toEqual({ stdout: 'out\n', stderr: 'err\n', outcome: exitCode(3) })
  })

  it('ends the input when version 5 closes its channel', async () => {
    const socket = await exec(['cat'], { stdin: true })
    socket.send(0, 'typed')
    socket.send(255, Buffer.from([0]))
    expect(await socket.result).toEqual({ stdout: 'typed', stderr: '', outcome: success })
  })

  it('carries much in both directions', async () => {
    const socket = await exec(['sh', '-c', 'head -c 5000000 | wc -c; head -c 5000000 /dev/zero'], { stdin: true })
    const block = Buffer.alloc(500_000, 'x')
    for (let n = 0; n < 10; n++) socket.send(0, block)
    const { stdout, outcome } = await socket.result
    expect(stdout.length).toBe('5000000\n'.length + 5_000_000)
    expect(outcome).toEqual(success)
  })

  it.each(['v4.channel.k8s.io', 'base64.v4.channel.k8s.io'])('is spoken as %s', async (protocol) => {
    const { result } = await exec(['sh', '-c', 'echo out; exit 1'], {}, protocol)
    expect(await result).toEqual({ stdout: 'out\n', stderr: '', outcome: exitCode(1) })
  })

  it('has a terminal whose size follows', async () => {
    const socket = await openCommand(agent.client, `${base}/exec`, {
      command: ['sh'],
      stdin: true,
      stdout: true,
      tty: true,
    })
    socket.send(4, JSON.stringify({ Width: 111, Height: 33 }))
    await eventually(() => socket.received(1).length > 0)
    await eventually(() => {
      socket.send(0, 'stty size\n')
      return socket.received(1).includes('33 111')
    })
    socket.send(0, 'exit 6\n')
    expect((await socket.result).outcome).toEqual(exitCode(6))
  })

  it('ends the command when the client goes away', async () => {
    const socket = await exec(['sh', '-c', 'echo $$; exec sleep 4712'], { stdin: true })
    await eventually(() => socket.received(1) !== '')
    const { startTimeOf } = await import('../src/runtime/host/processes.ts')
    const pid = Number(socket.received(1))
    expect(startTimeOf(pid)).toBeDefined()
    socket.close()
    await eventually(() => startTimeOf(pid) === undefined)
  })

  it('is refused for a container that does not run', async () => {
    await agent.client.create(Pod, aPod('done', 'true', { restartPolicy: 'Never' }))
    await agent.podThat('done', ({ status }) => status?.phase === 'Succeeded')
    const opening = openCommand(agent.client, '/api/v1/namespaces/default/pods/done/exec', {
      command: ['ls'],
      stdout: true,
    })
    await expect(opening).rejects.toThrow()
  })
})

describe('exec over SPDY', () => {
  const url = (query: string) => `${agent.server.url}${base}/exec?${query}`

  it('gives the streams and the outcome', async () => {
    const client = await openSpdy(url('command=cat&command=-&stdin=true&stdout=true&stderr=true'), [
      'v4.channel.k8s.io',
    ])
    const error = await client.open({ streamtype: 'error' })
    const stdin = await client.open({ streamtype: 'stdin' })
    const stdout = await client.open({ streamtype: 'stdout' })
    const stderr = await client.open({ streamtype: 'stderr' })
    client.send(stdin, 'typed')
    client.end(stdin)
    expect((await client.whole(stdout)).toString()).toBe('typed')
    expect((await client.whole(stderr)).toString()).toBe('')
    expect(JSON.parse((await client.whole(error)).toString())).toEqual(success)
    await client.closed
  })
})

describe('attach', () => {
  it('joins the streams of the container', async () => {
    const container = {
      name: 'main',
      image: 'x',
      command: ['/bin/sh', '-c', 'read line; echo "got $line"'],
      stdin: true,
    }
    await agent.client.create(Pod, aPod('reader', '', { containers: [container], restartPolicy: 'Never' }))
    await agent.podThat('reader', isReady)
    const path = '/api/v1/namespaces/default/pods/reader/attach'
    const socket = await openCommand(agent.client, path, { stdin: true, stdout: true, stderr: true })
    socket.send(0, 'a line\n')
    expect(await socket.result).toEqual({ stdout: 'got a line\n', stderr: '', outcome: success })
  })
})

describe('port-forward', () => {
  it('reaches a port of the pod by channels of a WebSocket', async () => {
    const podIP = (await agent.pod('web')).status?.podIP ?? ''
    const server = createServer((_request, response) => response.end('hello'))
    await new Promise<void>((resolve) => server.listen(0, podIP, resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const socket = await openCommand(agent.client, `${base}/portforward`, { ports: String(port) }, 'v4.channel.k8s.io')
    socket.send(0, 'GET / HTTP/1.0\r\n\r\n')
    // The connection ends with what the server says, and the WebSocket with the connection.
    await socket.result
    expect(socket.received(0)).toMatch(/hello$/)
    server.close()
  })
})

describe('the kubelet API', () => {
  async function ask(path: string, subject?: { name: string; organizations: string[] }) {
    const { authority, port } = agent
    const pair = subject ? authority.issue(subject.name, { organizations: subject.organizations }) : {}
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, ca: authority.ca, agent: false, ...pair }
      const outgoing = httpsRequest(options, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString()
        })
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      outgoing.once('error', reject)
      outgoing.end()
    })
  }
  const administrator = { name: 'kubernetes-admin', organizations: ['system:masters'] }

  it('tells anybody that it is well, and nothing else without a certificate', async () => {
    expect(await ask('/healthz')).toEqual({ status: 200, text: 'ok' })
    expect(await ask('/pods')).toEqual({ status: 401, text: 'Unauthorized' })
  })

  it('lists its pods', async () => {
    const { status, text } = await ask('/pods', administrator)
    expect(status).toBe(200)
    const list: { items: Pod[] } = JSON.parse(text)
    expect(list.items.map(({ metadata }) => metadata.name)).toContain('web')
  })

  it('measures what its containers use', async () => {
    const summary: { pods: { podRef: { name: string }; memory: { workingSetBytes: number } }[] } = JSON.parse(
      (await ask('/stats/summary', administrator)).text,
    )
    expect(summary.pods.find(({ podRef }) => podRef.name === 'web')?.memory.workingSetBytes).toBeGreaterThan(0)
    const { text } = await ask('/metrics/resource', administrator)
    expect(text).toMatch(/container_memory_working_set_bytes\{container="main",namespace="default",pod="web"\} \d+ \d+/)
    expect((await ask('/metrics', administrator)).text).toContain('kubelet_running_pods')
  })

  it.each([
    { path: '/nothing', status: 404, text: '404 page not found' },
    { path: '/containerLogs/default/nobody/main', status: 404, text: 'pod does not exist' },
    { path: '/containerLogs/default/web/none', status: 404, text: 'container "none" not found in pod "web"' },
    { path: '/exec/default/web/main?output=1', status: 400, text: 'Upgrade request required' },
  ])('answers $path with $status', async ({ path, status, text }) => {
    expect(await ask(path, administrator)).toEqual({ status, text })
  })
})
