import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type ExecOptions, execCredentials } from './exec-credentials.ts'

const apiVersion = 'client.authentication.k8s.io/v1'
let directory: string
let clock: FakeClock

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'wherry-exec-'))
  clock = new FakeClock()
})

afterEach(() => rm(directory, { recursive: true }))

/** A plugin that notes each of its runs and then does what the script says. */
async function plugin(script: string, more: Partial<ExecOptions> = {}) {
  const command = join(directory, 'plugin')
  await writeFile(command, `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO $EXTRA" >> ${directory}/runs\n${script}\n`)
  await chmod(command, 0o755)
  const exec = { command, apiVersion, interactiveMode: 'Never', env: [{ name: 'EXTRA', value: 'more' }] }
  return execCredentials({
    exec,
    cluster: { server: 'https://x' },
    env: process.env,
    clock,
    isTerminal: false,
    ...more,
  })
}

const runs = async () => (await readFile(join(directory, 'runs'), 'utf8')).trim().split('\n')

const answer = (status: object, version = apiVersion) =>
  `echo '${JSON.stringify({ apiVersion: version, kind: 'ExecCredential', status })}'`

describe('an exec plugin', () => {
  it('is told what is wanted and gives a token, once for all requests', async () => {
    const source = await plugin(answer({ token: 'abc' }))
    expect(await Promise.all([source.get(), source.get()])).toEqual([{ token: 'abc' }, { token: 'abc' }])
    expect(await runs()).toEqual([
      `{"kind":"ExecCredential","apiVersion":"${apiVersion}","spec":{"interactive":false}} more`,
    ])
  })

  it('runs again when its credentials have expired', async () => {
    const expirationTimestamp = new Date(clock.now() + 1000).toISOString()
    const source = await plugin(answer({ token: 'abc', expirationTimestamp }))
    await source.get()
    await clock.advance(1000)
    await source.get()
    expect(await runs()).toHaveLength(1)
    await clock.advance(1)
    await source.get()
    expect(await runs()).toHaveLength(2)
  })

  it('runs again when its credentials were rejected, but not for those it has replaced', async () => {
    const source = await plugin(answer({ clientCertificateData: 'c', clientKeyData: 'k' }))
    const first = await source.get()
    expect(first).toEqual({ cert: 'c', key: 'k' })
    source.rejected(first)
    await source.get()
    source.rejected(first)
    await source.get()
    expect(await runs()).toHaveLength(2)
  })

  it.each([
    { does: 'exits with an error', script: 'exit 3', want: /exec: executable .*plugin failed with exit code 3/ },
    { does: 'prints no JSON', script: 'echo hello', want: 'decoding stdout: ' },
    { does: 'speaks another version', script: answer({ token: 'a' }, 'v9'), want: 'plugin returned version v9' },
    { does: 'gives nothing', script: answer({}), want: "exec plugin didn't return a token or cert/key pair" },
    { does: 'gives half a pair', script: answer({ clientKeyData: 'k' }), want: 'only certificate or key, not both' },
  ])('that $does is an error', async ({ script, want }) => {
    await expect((await plugin(script)).get()).rejects.toThrow(want)
  })

  it('that is not installed is an error with a hint', async () => {
    const exec = {
      command: join(directory, 'none'),
      apiVersion,
      interactiveMode: 'Never',
      installHint: 'Get it there.',
    }
    const source = await plugin('', { exec })
    await expect(source.get()).rejects.toThrow(
      /getting credentials: exec: executable .*none not found[\s\S]*Get it there\.$/,
    )
  })

  it('that needs a terminal is not run without one', async () => {
    const exec = { command: join(directory, 'plugin'), apiVersion, interactiveMode: 'Always' }
    const source = await plugin('', { exec })
    await expect(source.get()).rejects.toThrow('standard input is not a terminal')
  })
})
