import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { Attach, CoreV1Api, Cp, Exec, Log, PortForward, type V1Status } from '@kubernetes/client-node'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../../harness/eventually.ts'
import { javaScriptClient } from './client.ts'

const client = javaScriptClient()
const { namespace } = client

/** Collects what is written to it. */
function collector(): { stream: PassThrough; text(): string } {
  const stream = new PassThrough()
  let all = ''
  stream.on('data', (chunk: Buffer) => {
    all += chunk.toString()
  })
  return { stream, text: () => all }
}

describe('streams of the JavaScript client', () => {
  beforeAll(async () => {
    await client.runningPod('web')
    await client.runningPod('ticker', 'i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.1; done')
  })

  it('exec passes output, errors and the status', async () => {
    const [out, err] = [collector(), collector()]
    const status = await new Promise<V1Status>((resolve, reject) => {
      const command = ['sh', '-c', 'echo out; echo err >&2; exit 4']
      new Exec(client.config)
        .exec(namespace, 'web', 'main', command, out.stream, err.stream, null, false, resolve)
        .catch(reject)
    })
    expect([out.text(), err.text()]).toEqual(['out\n', 'err\n'])
    expect(status).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '4' }] },
    })
  })

  it('exec takes input until it ends', async () => {
    const out = collector()
    const status = await new Promise<V1Status>((resolve, reject) => {
      const input = Readable.from(['one\n', 'two\n'])
      new Exec(client.config)
        .exec(namespace, 'web', 'main', ['head', '-n', '2'], out.stream, null, input, false, resolve)
        .catch(reject)
    })
    expect([status.status, out.text()]).toEqual(['Success', 'one\ntwo\n'])
  })

  it('attach joins the output of what runs', async () => {
    const out = collector()
    const socket = await new Attach(client.config).attach(namespace, 'ticker', 'main', out.stream, null, null, false)
    onTestFinished(() => socket.close())
    await eventually(async () => expect(out.text()).toMatch(/tick \d+\n/))
  })

  it('logs are followed until the container ends', async () => {
    const out = collector()
    await new Log(client.config).log(namespace, 'ticker', 'main', out.stream, { follow: true, tailLines: 1 })
    const ended = once(out.stream, 'end')
    await eventually(async () => expect(out.text().split('\n').length).toBeGreaterThan(3))
    await client.api(CoreV1Api).deleteNamespacedPod({ namespace, name: 'ticker' })
    await ended
    const [first = 0, second = 0] = [...out.text().matchAll(/tick (\d+)/g)].map(([, number]) => Number(number))
    expect(second).toBe(first + 1)
  })

  it('port-forward carries a request to a pod', async () => {
    const output = new PassThrough()
    const errors = collector()
    const input = new PassThrough()
    const answer = text(output)
    const socket = await new PortForward(client.config).portForward(
      namespace,
      'web',
      [8080],
      output,
      errors.stream,
      input,
    )
    if (typeof socket === 'function') throw new Error('a retry was not asked for')
    socket.on('close', () => output.end())
    input.write('GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n')
    expect(await answer).toContain('Hello from web\n')
    expect(errors.text()).toBe('')
  })

  it('cp carries a folder both ways', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wherry-client-node-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const [source, remote, back] = ['source', 'remote', 'back'].map((name) => join(folder, name))
    if (!source || !remote || !back) throw new Error('three folders')
    for (const made of [source, remote, back]) await mkdir(made)
    const content = 'carried\n'.repeat(10_000)
    await writeFile(join(source, 'file'), content)
    const cp = new Cp(client.config)
    await cp.cpToPod(namespace, 'web', 'main', source, remote)
    await eventually(async () => expect(await readFile(join(remote, 'file'), 'utf8')).toBe(content))
    await cp.cpFromPod(namespace, 'web', 'main', 'file', back, remote)
    await eventually(async () => expect(await readFile(join(back, 'file'), 'utf8')).toBe(content))
  })
})
