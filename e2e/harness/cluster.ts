import { randomBytes } from 'node:crypto'
import { inject, onTestFinished } from 'vitest'
import { type Result, type Running, run, type RunOptions, start } from './run.ts'
import { type KubectlVersion, toolPath, wherry } from './tools.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The kubeconfig of the cluster under test. */
    kubeconfig: string
    /** The home of that cluster, for `wherry` commands. */
    wherryHome: string
  }
}

/** One client of the cluster, bound to a namespace. */
export interface Kubectl {
  namespace: string
  /** Standard output; the test fails where the command does. */
  ok(args: string | readonly string[], options?: RunOptions): Promise<string>
  /** Standard error of a command that must fail. */
  fails(args: string | readonly string[], options?: RunOptions): Promise<string>
  run(args: string | readonly string[], options?: RunOptions): Promise<Result>
  /** Stopped at the end of the test, if not before. */
  start(args: string | readonly string[], options?: RunOptions): Running
  /** One field, by JSONPath. */
  field(object: string, path: string): Promise<string>
  /** How the command is called, for tests that need a terminal. */
  command: { file: string; args: string[]; env: Record<string, string> }
}

export function kubectl(version: KubectlVersion, namespace: string): Kubectl {
  return client(toolPath('kubectl', version), namespace)
}

/** Our own CLI, with the same cluster and the same verbs. */
export function wherryCLI(namespace: string): Kubectl {
  return client(wherry, namespace)
}

/** A name that no other test has. */
export function uniqueName(base: string): string {
  return `${base}-${randomBytes(3).toString('hex')}`
}

function client(file: string, namespace: string): Kubectl {
  return newKubectl(file, namespace, { KUBECONFIG: inject('kubeconfig'), WHERRY_HOME: inject('wherryHome') })
}

/** A client by its program and environment. */
export function newKubectl(file: string, namespace: string, env: Record<string, string>): Kubectl {
  const line = (args: string | readonly string[]) => [
    '-n',
    namespace,
    ...(typeof args === 'string' ? args.split(' ') : args),
  ]
  const runIt = (args: string | readonly string[], options: RunOptions = {}) =>
    run(file, line(args), { ...options, env: { ...env, ...options.env } })
  const describe = (args: string | readonly string[], { code, stdout, stderr }: Result) =>
    `kubectl ${line(args).join(' ')} → ${code}\n${stdout}${stderr}`
  return {
    namespace,
    run: runIt,
    async ok(args, options) {
      const result = await runIt(args, options)
      if (result.code !== 0) throw new Error(describe(args, result))
      return result.stdout
    },
    async fails(args, options) {
      const result = await runIt(args, options)
      if (result.code === 0) throw new Error(`expected to fail: ${describe(args, result)}`)
      return result.stderr
    },
    start(args, options = {}) {
      const running = start(file, line(args), { ...options, env: { ...env, ...options.env } })
      onTestFinished(() => running.stop())
      return running
    },
    async field(object, path) {
      const result = await runIt(['get', object, '-o', `jsonpath=${path}`])
      if (result.code !== 0) throw new Error(describe(['get', object], result))
      return result.stdout
    },
    command: { file, args: ['-n', namespace], env: { ...env } },
  }
}
