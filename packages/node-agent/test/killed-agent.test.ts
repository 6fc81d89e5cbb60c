import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigMap, Pod, ServiceAccount } from '@wherry/api'
import { startTestServer, type TestServer } from '@wherry/apiserver/testing'
import { build } from 'esbuild'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { aPod, eventually, isReady } from '../testing/index.ts'

let dir: string
let server: TestServer
let agent: ChildProcess | undefined
const namespace = 'default'

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'wherry-killed-'))
  server = await startTestServer()
  await server.client.create(ServiceAccount, { metadata: { name: 'default', namespace } })
  await server.client.create(ConfigMap, { metadata: { name: 'kube-root-ca.crt', namespace }, data: { 'ca.crt': 'x' } })
  await build({
    entryPoints: [new URL('../testing/agent-process.ts', import.meta.url).pathname],
    outfile: join(dir, 'agent.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@lydell/node-pty', 'bufferutil', 'utf-8-validate'],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    logLevel: 'error',
  })
  start()
})

afterEach(async () => {
  if (!agent) start()
  for (const { metadata } of (await server.client.list(Pod)).items) {
    await server.client.delete(Pod, { namespace, name: metadata.name ?? '' }, { gracePeriodSeconds: 1 })
  }
  await eventually(async () => (await server.client.list(Pod)).items.length === 0)
  await kill()
  await server.close()
  rmSync(dir, { recursive: true, force: true })
})

function start(): void {
  agent = spawn(process.execPath, [join(dir, 'agent.mjs'), server.url, join(dir, 'node')], { stdio: 'inherit' })
}

async function kill(): Promise<void> {
  const running = agent
  agent = undefined
  if (!running) return
  running.kill('SIGKILL')
  await once(running, 'exit')
}

const pod = (name: string) => server.client.get(Pod, { namespace, name })

/** The numbers that the container has printed, in the order of its log. */
function logged(): number[] {
  const [logs = ''] = readdirSync(join(dir, 'node/logs'))
  const text = readFileSync(join(dir, 'node/logs', logs, 'main/0.log'), 'utf8')
  let line = ''
  const numbers: number[] = []
  for (const entry of text.split('\n').slice(0, -1)) {
    const [, , tag, ...rest] = entry.split(' ')
    line += rest.join(' ')
    if (tag === 'P') continue
    numbers.push(Number(line))
    line = ''
  }
  return numbers
}

describe('an agent that is killed again and again', () => {
  it('neither stops nor restarts a container, and loses nothing of what it writes meanwhile', async () => {
    // Prints the next 500 numbers whenever a gate is opened.
    const script = `n=0; gate=0; while :; do
      until [ -e ${dir}/gate-$gate ]; do sleep 0.01; done
      gate=$((gate + 1))
      until [ $n -eq $((gate * 500)) ]; do echo $n; n=$((n + 1)); done
    done`
    const open = (gate: number) => writeFileSync(join(dir, `gate-${gate}`), '')
    await server.client.create(Pod, aPod('counter', script))
    const before = await eventually(async () => {
      const found = await pod('counter')
      return isReady(found) ? found : undefined
    })
    for (let round = 0; round < 4; round++) {
      open(2 * round)
      await eventually(() => logged().length === (2 * round + 1) * 500)
      await kill()
      open(2 * round + 1)
      start()
      await eventually(() => logged().length === (2 * round + 2) * 500)
    }
    const numbers = logged()
    expect(numbers).toEqual(numbers.map((_, index) => index))
    expect((await pod('counter')).status?.containerStatuses).toEqual(before.status?.containerStatuses)
  })

  it('learns of a container that ended meanwhile', async () => {
    await server.client.create(
      Pod,
      aPod('job', 'read line </dev/null; sleep 0.3; echo bye; exit 7', { restartPolicy: 'Never' }),
    )
    await eventually(async () => (await pod('job')).status?.phase === 'Running')
    await kill()
    await eventually(() =>
      readdirSync(join(dir, 'node/runtime/containers')).some((id) =>
        readdirSync(join(dir, 'node/runtime/containers', id)).includes('exit'),
      ),
    )
    start()
    const ended = await eventually(async () => {
      const found = await pod('job')
      return found.status?.phase === 'Failed' ? found : undefined
    })
    expect(ended.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 7, reason: 'Error' })
    const [logs = ''] = readdirSync(join(dir, 'node/logs'))
    expect(readFileSync(join(dir, 'node/logs', logs, 'main/0.log'), 'utf8')).toContain('stdout F bye\n')
  })
})
