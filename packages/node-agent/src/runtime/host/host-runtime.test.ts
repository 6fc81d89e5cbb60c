import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  aContainer,
  aHostRuntime,
  aSandbox,
  eventually,
  type HostFixture,
  sandboxConfig,
} from '../../../testing/index.ts'
import type { ContainerConfig, Mount } from '../cri.ts'
import { listProcesses, startTimeOf } from './processes.ts'

let host: HostFixture
let sandbox: string

beforeEach(async () => {
  host = await aHostRuntime()
  sandbox = await aSandbox(host)
})

afterEach(() => host.close())

async function start(script: string, config: Partial<ContainerConfig> = {}): Promise<string> {
  const id = await host.runtime.createContainer(sandbox, aContainer(host, script, config))
  await host.runtime.startContainer(id)
  return id
}

async function exited(id: string) {
  return eventually(async () => {
    const status = await host.runtime.containerStatus(id)
    return status?.state === 'CONTAINER_EXITED' ? status : undefined
  })
}

/** The log's lines without their times. */
function log(name = 'main'): string[] {
  const text = readFileSync(join(host.dir, 'logs', `${name}.log`), 'utf8')
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.slice(line.indexOf(' ') + 1))
}

function volume(name: string, files: Record<string, string> = {}): string {
  const path = join(host.dir, 'volumes', name)
  mkdirSync(path, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text)
  return path
}

const mount = (containerPath: string, hostPath: string, more: Partial<Mount> = {}): Mount => ({
  containerPath,
  hostPath,
  readonly: false,
  ...more,
})

describe('a container of the host runtime', () => {
  it('runs its command, logs both streams in CRI format, and tells its exit code', async () => {
    const id = await start('echo out; echo err >&2; exit 3')
    const status = await exited(id)
    expect(status).toMatchObject({ exitCode: 3, reason: 'Error' })
    expect(status.finishedAt).toBeGreaterThanOrEqual(status.startedAt)
    expect(log().sort()).toEqual(['stderr F err', 'stdout F out'])
  })

  it('has the environment that it was given and nothing else', async () => {
    const envs = [
      { key: 'GREETING', value: "it's $HOME\nand `more`" },
      { key: 'with.dots', value: 'yes' },
      { key: 'UID', value: '7' },
      { key: 'mode', value: 'production' },
    ]
    const id = await start('cat /proc/$$/environ | tr "\\0" "\\n" | cut -d= -f1', { envs })
    await exited(id)
    const names = log().map((line) => line.replace('stdout F ', ''))
    const secondLineOfGreeting = 'and `more`'
    expect(names.sort()).toEqual([
      'GREETING',
      'HOME',
      'HOSTNAME',
      'PATH',
      'POD_IP',
      'UID',
      secondLineOfGreeting,
      'mode',
      'with.dots',
    ])
  })

  it('does not ignore signals', async () => {
    const id = await start('grep SigIgn /proc/self/status')
    await exited(id)
    expect(log()).toEqual(['stdout F SigIgn:\t0000000000000000'])
  })

  it('knows its pod by its address and host name', async () => {
    await exited(await start('echo $POD_IP $(hostname)'))
    expect(log()).toEqual(['stdout F 127.199.0.1 web'])
  })

  it.each([
    { command: ['/no/such'], message: 'exec: "/no/such": stat /no/such: no such file or directory' },
    { command: ['no-such'], message: 'exec: "no-such": executable file not found in $PATH' },
    { command: ['/etc/passwd'], message: 'exec: "/etc/passwd": permission denied' },
  ])('is refused when it cannot run $command', async ({ command, message }) => {
    const id = await host.runtime.createContainer(sandbox, aContainer(host, '', { command }))
    await expect(host.runtime.startContainer(id)).rejects.toThrow(message)
    expect(await host.runtime.containerStatus(id)).toMatchObject({
      state: 'CONTAINER_EXITED',
      exitCode: 128,
      reason: 'StartError',
      message,
      startedAt: 0,
    })
  })

  it('is asked to stop, then killed', async () => {
    const id = await start('trap "echo asked" TERM; echo ready; while :; do sleep 0.05; done')
    await eventually(() => log().includes('stdout F ready'))
    await host.runtime.stopContainer(id, 0.3)
    expect(await host.runtime.containerStatus(id)).toMatchObject({ exitCode: 137, reason: 'Error' })
    expect(log()).toContain('stdout F asked')
  })

  it('takes with it what it has started, daemons as well', async () => {
    const id = await start('setsid sleep 4711 & sleep 4711')
    const others = () => listProcesses().filter(({ pid }) => commandOf(pid).includes('sleep\u00004711'))
    await eventually(() => others().length === 2)
    await host.runtime.stopContainer(id, 0)
    expect(others()).toEqual([])
  })

  it('ends with its output in the log, even when it is much', async () => {
    const id = await start('i=0; while [ $i -lt 20000 ]; do echo "line $i of the output"; i=$((i+1)); done')
    await exited(id)
    const lines = log().filter((line) => line.startsWith('stdout F'))
    expect(lines).toHaveLength(20_000)
    expect(lines.at(-1)).toMatch(/line 19999 of the output$|F .*utput$/)
  })
})

describe('a container with mounts', () => {
  it('sees them where they belong, whether the place exists or not', async () => {
    const mounts = [
      mount('/data', volume('data', { a: 'in data' })),
      mount('/var/run/secrets/kubernetes.io/serviceaccount', volume('token', { token: 'secret' }), { readonly: true }),
      mount('/etc/app/conf', volume('conf', { key: 'value' })),
      mount('/etc/hosts', join(volume('hosts', { hosts: 'my hosts' }), 'hosts')),
      mount('/dev/termination-log', join(volume('term', { log: '' }), 'log')),
      mount('/data/nested', volume('nested', { n: 'nested' })),
    ]
    const script = `cat /data/a /run/secrets/kubernetes.io/serviceaccount/token /etc/app/conf/key /etc/hosts /data/nested/n
      touch /var/run/secrets/kubernetes.io/serviceaccount/x 2>/dev/null || echo read-only
      echo why >/dev/termination-log; echo wrote >/data/b; ls /etc/passwd; echo gone >/dev/null`
    const id = await start(script, { mounts })
    expect((await exited(id)).exitCode).toBe(0)
    const text = log()
      .map((line) => line.slice(9))
      .join('')
    expect(text).toBe('in datasecretvaluemy hostsnestedread-only/etc/passwd')
    expect(readFileSync(join(host.dir, 'volumes/data/b'), 'utf8')).toBe('wrote\n')
    expect(readFileSync(join(host.dir, 'volumes/term/log'), 'utf8')).toBe('why\n')
    expect(existsSync('/data')).toBe(false)
    expect(existsSync('/etc/app')).toBe(false)
  })

  it('keeps working when a mount hides the directory of the agent itself', async () => {
    const id = await start('ls /tmp; exit 5', { mounts: [mount('/tmp', volume('tmp', { only: '' }))] })
    await eventually(async () => (await host.runtime.containerStatus(id))?.state === 'CONTAINER_EXITED')
    expect(await host.runtime.containerStatus(id)).toMatchObject({ exitCode: 5 })
    expect(log()).toEqual(['stdout F only'])
  })

  it('is refused when its volume is not there', async () => {
    const mounts = [mount('/data', join(host.dir, 'none'))]
    const id = await host.runtime.createContainer(sandbox, aContainer(host, 'true', { mounts }))
    await expect(host.runtime.startContainer(id)).rejects.toThrow(/mount source .* does not exist/)
  })
})

describe('a machine whose kernel refuses namespaces', () => {
  const isolation = { root: false, namespaces: false, uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }
  const refusal = "the kernel refused a mount namespace of the container's own"
  let plain: HostFixture

  beforeEach(async () => {
    plain = await aHostRuntime({ isolation: { isolation, refusal }, podCIDR: '127.199.1.0/24' })
  })

  afterEach(() => plain.close())

  it('does not run a container with volumes, and says why', async () => {
    const id = await plain.runtime.createContainer(
      await aSandbox(plain),
      aContainer(plain, 'true', { mounts: [mount('/data', plain.dir)] }),
    )
    await expect(plain.runtime.startContainer(id)).rejects.toThrow(refusal)
    expect(await plain.runtime.containerStatus(id)).toMatchObject({ state: 'CONTAINER_EXITED', reason: 'StartError' })
  })

  it('runs what has none, and commands in it', async () => {
    const mounts = [mount('/dev/termination-log', join(plain.dir, 'none'), { optional: true })]
    const id = await plain.runtime.createContainer(await aSandbox(plain), aContainer(plain, 'sleep 1000', { mounts }))
    await plain.runtime.startContainer(id)
    const { stdout } = await plain.runtime.execSync(id, ['echo', 'hi'], 0)
    expect(stdout.toString()).toBe('hi\n')
  })
})

describe('a port of the node', () => {
  it('leads to its pod, also after another agent has taken over', async () => {
    const id = await host.runtime.runPodSandbox({
      ...sandboxConfig(host, 'ported'),
      portMappings: [{ protocol: 'TCP', hostIP: '127.199.0.200', hostPort: 18_599, containerPort: 18_600 }],
    })
    const ip = (await host.runtime.listPodSandbox()).find((item) => item.id === id)?.ip
    const server = createServer((socket) => socket.end('hello'))
    await new Promise<void>((resolve) => server.listen(18_600, ip, resolve))
    expect(await readAll('127.199.0.200', 18_599)).toBe('hello')
    await host.restart()
    expect(await readAll('127.199.0.200', 18_599)).toBe('hello')
    await host.runtime.stopPodSandbox(id)
    await expect(readAll('127.199.0.200', 18_599)).rejects.toThrow('ECONNREFUSED')
    server.close()
  })

  it('that is taken keeps the sandbox from being made', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(18_598, '127.199.0.200', resolve))
    const portMappings = [{ protocol: 'TCP', hostIP: '127.199.0.200', hostPort: 18_598, containerPort: 1 }]
    const made = host.runtime.runPodSandbox({ ...sandboxConfig(host, 'ported'), portMappings })
    await expect(made).rejects.toThrow('host port 127.199.0.200:18598 cannot be served')
    server.close()
  })
})

describe('a command in a running container', () => {
  it('sees its mounts, host name, environment and directory', async () => {
    const data = volume('data', { a: 'in data' })
    const id = await start('sleep 1000', {
      mounts: [mount('/data', data), mount('/tmp', volume('tmp'))],
      envs: [{ key: 'NAME', value: 'x' }],
      workingDir: '/data',
    })
    const result = await host.runtime.execSync(id, ['/bin/sh', '-c', 'cat a; hostname; echo $NAME; ls /tmp; exit 4'], 0)
    expect(result.stderr.toString()).toBe('')
    expect(result.stdout.toString()).toBe('in dataweb\nx\n')
    expect(result.exitCode).toBe(4)
  })

  it('that does not exist ends with 127 and says so', async () => {
    const id = await start('sleep 1000')
    const { exitCode, stderr } = await host.runtime.execSync(id, ['no-such'], 0)
    expect(exitCode).toBe(127)
    expect(stderr.toString()).toBe('exec: "no-such": executable file not found in $PATH\n')
  })

  it('is ended when its time is over', async () => {
    const id = await start('sleep 1000')
    await expect(host.runtime.execSync(id, ['sleep', '30'], 100)).rejects.toThrow(
      'command "sleep 30" timed out after 0.1s',
    )
  })

  it('reads its input to the end', async () => {
    const id = await start('sleep 1000')
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    const code = host.runtime.exec(id, ['wc', '-c'], {
      stdin,
      stdout,
      tty: false,
      signal: new AbortController().signal,
    })
    stdin.end(Buffer.alloc(300_000))
    expect(await code).toBe(0)
    expect(stdout.read().toString().trim()).toBe('300000')
  })

  it('has a terminal that can be resized', async () => {
    const id = await start('sleep 1000')
    const stdout = new PassThrough()
    const stdin = new PassThrough()
    let resize: (size: { width: number; height: number }) => void = () => {}
    const signal = new AbortController().signal
    const onResize = (listener: typeof resize) => {
      resize = listener
    }
    const code = host.runtime.exec(id, ['/bin/sh'], { stdin, stdout, tty: true, onResize, signal })
    let text = ''
    stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    await eventually(() => text.includes('$') || text.includes('#'))
    resize({ width: 123, height: 45 })
    stdin.write('stty size; tty; exit 7\n')
    expect(await code).toBe(7)
    expect(text).toContain('45 123')
    expect(text).toContain('/dev/pts/')
  })
})

describe('an attached client', () => {
  it('sees the output from now on and feeds the input, whose end the container sees', async () => {
    const id = await start('echo early; cat; echo end', { stdin: true, stdinOnce: true })
    await eventually(() => log().includes('stdout F early'))
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    const attached = host.runtime.attach(id, { stdin, stdout, tty: false, signal: new AbortController().signal })
    stdin.end('typed\n')
    await attached
    expect(stdout.read().toString()).toBe('typed\nend\n')
    expect(log()).toEqual(['stdout F early', 'stdout F typed', 'stdout F end'])
  })

  it('has the terminal of a container that has one, and resizes it', async () => {
    const mounts = [mount('/dev/termination-log', join(volume('term', { log: '' }), 'log'))]
    const script = 'tty; until [ "$(stty size)" = "33 99" ]; do sleep 0.02; done; read line; echo "got $line"'
    const id = await start(script, { stdin: true, tty: true, mounts })
    await eventually(() => log().length > 0)
    expect(log()[0]).toMatch(/pts\/\d+/)
    const stdin = new PassThrough()
    const stdout = new PassThrough()
    const onResize = (listener: (size: { width: number; height: number }) => void) =>
      listener({ width: 99, height: 33 })
    const signal = new AbortController().signal
    const attached = host.runtime.attach(id, { stdin, stdout, tty: true, onResize, signal })
    stdin.write('hello\r')
    await attached
    expect(stdout.read().toString()).toContain('got hello')
    expect(await exited(id)).toMatchObject({ exitCode: 0 })
  })

  it('ends a container with a terminal when it is stopped', async () => {
    const id = await start('sleep 1000', { tty: true })
    await host.runtime.stopContainer(id, 5)
    expect((await host.runtime.containerStatus(id))?.state).toBe('CONTAINER_EXITED')
  })
})

describe('a runtime that takes over', () => {
  it('finds a running container, what it wrote in between, and can stop it', async () => {
    const gate = join(host.dir, 'gate')
    const envs = [{ key: 'GATE', value: gate }]
    const id = await start('echo before; until [ -e "$GATE" ]; do sleep 0.02; done; echo after; sleep 1000', { envs })
    await eventually(() => log().includes('stdout F before'))
    const before = await host.runtime.containerStatus(id)
    await host.runtime.close()
    writeFileSync(gate, '')
    await host.restart()
    expect(await host.runtime.containerStatus(id)).toEqual(before)
    await eventually(() => log().includes('stdout F after'))
    expect(log()).toEqual(['stdout F before', 'stdout F after'])
    await host.runtime.stopContainer(id, 0)
    expect(await host.runtime.containerStatus(id)).toMatchObject({ state: 'CONTAINER_EXITED', exitCode: 137 })
  })

  it('finds the end of a container that ended in between, and its last words', async () => {
    const gate = join(host.dir, 'gate')
    const envs = [{ key: 'GATE', value: gate }]
    const id = await start('until [ -e "$GATE" ]; do sleep 0.02; done; echo last words; exit 9', { envs })
    const pid = (await host.runtime.containerStatus(id))?.pid ?? 0
    await host.runtime.close()
    writeFileSync(gate, '')
    await eventually(() => startTimeOf(pid) === undefined)
    await host.restart()
    expect(await exited(id)).toMatchObject({ exitCode: 9, reason: 'Error' })
    expect(log()).toEqual(['stdout F last words'])
  })

  it('tells each start and stop once', async () => {
    const events: string[] = []
    host.runtime.onContainerEvent(({ type, podUid }) => events.push(`${type} ${podUid}`))
    await exited(await start('true'))
    expect(events).toEqual(['CONTAINER_STARTED uid-web', 'CONTAINER_STOPPED uid-web'])
  })

  it('gives each pod an address of its own, and back when the pod is gone', async () => {
    const other = await aSandbox(host, 'other')
    const addresses = async () => (await host.runtime.listPodSandbox()).map(({ ip }) => ip)
    expect(await addresses()).toEqual(['127.199.0.1', '127.199.0.2'])
    await host.runtime.removePodSandbox(other)
    await host.restart()
    expect(await addresses()).toEqual(['127.199.0.1'])
  })
})

function readAll(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ host, port })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    socket.once('error', reject).once('end', () => resolve(text))
  })
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
