import { chmod, chown, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Result, run, type RunOptions } from './run.ts'
import { root, toolPath } from './tools.ts'

/** Somebody without rights on this machine: `nobody` where root runs the suite, and otherwise whoever runs it. */
export interface OrdinaryUser {
  home: string
  kubectl: string
  wherry: string
  /** Runs a command as this user, with a home and nothing else of the suite's. */
  run(file: string, args: string | readonly string[], options?: RunOptions): Promise<Result>
  remove(): Promise<void>
}

const nobody = { uid: 65534, gid: 65534 }

export async function ordinaryUser(): Promise<OrdinaryUser> {
  const isRoot = process.getuid?.() === 0
  const ids = isRoot ? nobody : {}
  const home = await mkdtemp(join(isRoot ? '/tmp' : tmpdir(), 'wherry-user-'))
  if (isRoot) await chown(home, nobody.uid, nobody.gid)
  await chmod(home, 0o755)
  const bin = join(home, 'bin')
  const env = {
    HOME: home,
    WHERRY_HOME: '',
    KUBECONFIG: '',
    PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
  }
  const runAs: OrdinaryUser['run'] = (file, args, options = {}) =>
    run(file, typeof args === 'string' ? args.split(' ') : args, {
      timeoutMs: 120_000,
      cwd: home,
      ...options,
      ...ids,
      env: { ...env, ...options.env },
    })
  const reaches = async (path: string) =>
    (await runAs('/bin/sh', ['-c', 'test -r "$0" && test -x "$0"', path])).code === 0

  // Root's own directories are closed to others: then this user gets what a clone of its own would have.
  await mkdir(bin)
  if (!(await reaches(process.execPath))) await copyFile(process.execPath, join(bin, 'node'))
  let checkout = root
  if (!(await reaches(join(root, 'wherry')))) {
    checkout = join(home, 'wherry')
    const copied = await run('cp', ['-a', root, checkout], { timeoutMs: 120_000 })
    if (copied.code !== 0) throw new Error(copied.stderr)
    await run('chown', ['-R', `${nobody.uid}:${nobody.gid}`, checkout], { timeoutMs: 120_000 })
  }
  const kubectl = join(bin, 'kubectl')
  await copyFile(toolPath('kubectl', '1.36'), kubectl)
  return {
    home,
    kubectl,
    wherry: join(checkout, 'wherry'),
    run: runAs,
    remove: () => rm(home, { recursive: true, force: true }),
  }
}
