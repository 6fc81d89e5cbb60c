import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from '@lydell/node-pty'
import { beforeAll, expect, it, onTestFinished } from 'vitest'
import { eventually } from '../harness/eventually.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

describeWithKubectl('streams', (k) => {
  beforeAll(async () => {
    await k().ok('run web --image=wherry/hello --port=8080')
    const script = 'trap "exit 0" TERM; i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done'
    await k().ok(['run', 'ticker', '--image=any', '--command', '--', 'sh', '-c', script])
    await k().ok('wait --for=condition=Ready pod/web pod/ticker --timeout=60s')
  })

  it('logs shows, tails and follows', async () => {
    await eventually(async () => expect(await k().ok('logs ticker')).toMatch(/^tick 1\ntick 2\n/))
    expect((await k().ok('logs ticker --tail=1')).trim().split('\n')).toHaveLength(1)
    expect(await k().ok('logs ticker --timestamps --tail=1')).toMatch(
      /^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d) tick \d+\n/,
    )
    const follow = k().start('logs -f ticker --tail=1')
    const first = Number(/\d+/.exec(await follow.line(/^tick \d+$/))?.[0])
    await follow.line(new RegExp(`^tick ${first + 3}$`))
  })

  it('exec passes input, output, errors and exit codes', async () => {
    expect(await k().ok('exec -i web -- cat', { input: 'through and back' })).toBe('through and back')
    const result = await k().run(['exec', 'web', '--', 'sh', '-c', 'echo out; echo err >&2; exit 7'])
    expect(result.stdout).toBe('out\n')
    expect(result.stderr).toBe('err\ncommand terminated with exit code 7\n')
    expect(result.code).toBe(7)
    expect(await k().fails('exec web -c nope -- true')).toContain('container nope is not valid for pod web')
  })

  it('exec carries a megabyte each way', async () => {
    const input = 'x'.repeat(1024 * 1024)
    expect((await k().ok('exec -i web -- cat', { input })).length).toBe(input.length)
  })

  it('exec -it gives a terminal', async () => {
    const { file, args, env } = k().command
    const line = [...args, 'exec', '-it', 'web', '--', 'sh']
    const terminal = spawn(file, line, { name: 'xterm', cols: 97, rows: 31, env: { ...process.env, ...env } })
    onTestFinished(() => terminal.kill())
    let text = ''
    terminal.onData((data) => {
      text += data
    })
    const ended = new Promise<number>((resolve) => terminal.onExit(({ exitCode }) => resolve(exitCode)))
    terminal.write('tty && stty size\r')
    await eventually(async () => expect(text).toMatch(/\/dev\/pts\/\d+\r+\n31 97\r+\n/))
    terminal.write('exit 3\r')
    expect(await ended).toBe(3)
  })

  it('attach joins the output of what runs', async () => {
    await k()
      .start('attach ticker')
      .line(/^tick \d+$/)
  })

  it('port-forward reaches a pod and a Service', async () => {
    await k().ok('expose pod web --port=80 --target-port=8080')
    for (const target of ['pod/web', 'service/web']) {
      const port = target === 'pod/web' ? ':8080' : ':80'
      const forward = k().start(['port-forward', target, port])
      const line = await forward.line(/Forwarding from 127\.0\.0\.1:\d+/)
      const url = `http://127.0.0.1:${/127\.0\.0\.1:(\d+)/.exec(line)?.[1]}/`
      for (let i = 0; i < 3; i++) expect(await (await fetch(url)).text()).toBe('Hello from web\n')
      await forward.stop()
    }
  })

  it('cp carries files both ways', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wherry-cp-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const source = join(folder, 'source')
    const remote = `/tmp/${k().namespace}`
    await writeFile(source, 'carried\n'.repeat(50_000))
    await k().ok(['cp', source, `web:${remote}`])
    onTestFinished(async () => void (await k().ok(['exec', 'web', '--', 'rm', remote])))
    expect(await k().ok(['exec', 'web', '--', 'wc', '-c', remote])).toMatch(/^400000 /)
    await k().ok(['cp', `web:${remote}`, join(folder, 'back')])
    expect(await readFile(join(folder, 'back'), 'utf8')).toBe(await readFile(source, 'utf8'))
  })
})
