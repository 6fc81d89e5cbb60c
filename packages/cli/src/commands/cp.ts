import { stat } from 'node:fs/promises'
import { basename, posix, resolve } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { type Container, Pod, type Pod as PodObject } from '@wherry/api'
import { objectPath } from '@wherry/client'
import { defineCommand } from '../command.ts'
import { completePods } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError, ExitError, messageOf } from '../errors.ts'
import { packTar } from '../copy/pack.ts'
import { unpackTar } from '../copy/unpack.ts'
import { chooseContainer } from '../streaming/pods.ts'
import { runRemote } from '../streaming/remote-command.ts'
import type { Connection } from '../access/connection.ts'

/** A path, and the pod that it is in; without one, on this machine. */
export interface FileSpec {
  pod?: string
  namespace?: string
  path: string
}

/** Reads `[[NAMESPACE/]POD:]PATH`. Throws in kubectl's words. */
export function parseFileSpec(arg: string): FileSpec {
  const colon = arg.indexOf(':')
  if (colon === 0) throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path')
  // A path that begins with a dot or a slash is a path, whatever colons it has.
  if (colon === -1 || /^[./]/.test(arg)) return { path: arg }
  const owner = arg.slice(0, colon)
  const path = arg.slice(colon + 1)
  const parts = owner.split('/')
  const [first = '', second] = parts
  if (parts.length > 2) throw new CommandError('filespec must match the canonical format: [[namespace/]pod:]file/path')
  return second === undefined ? { pod: first, path } : { namespace: first, pod: second, path }
}

export const cpCommand = defineCommand({
  use: 'cp <file-spec-src> <file-spec-dest>',
  short: 'Copy files and directories to and from containers',
  long: `Copy files and directories to and from containers.

 The container needs the program tar. Links and other special files do not come over from a container.`,
  examples: `# A directory to a pod
$ cp ./site web-0:/srv

# A file to a pod of another namespace, in a certain container
$ cp settings.ini team-a/web-0:/etc/app/settings.ini -c app

# A file from a pod
$ cp web-0:/var/log/app.log ./app.log`,
  complete: completePods,
  flags: {
    container: { type: 'string', short: 'c', describe: 'The container; the annotated or the first one where empty.' },
    'no-preserve': { type: 'boolean', describe: 'Do not keep owner and permissions in the container.' },
    retries: { type: 'int', describe: 'How often to go on after the connection broke; negative is without limit.' },
  },
  async run(context, { args, flags }) {
    const [from, to] = args
    if (from === undefined || to === undefined || args.length !== 2)
      throw new CommandError('source and destination are required')
    const source = parseFileSpec(from)
    const target = parseFileSpec(to)
    if (source.pod !== undefined && target.pod !== undefined) {
      throw new CommandError('one of src or dest must be a local file specification')
    }
    if (source.path === '' || target.path === '') throw new CommandError('filepath can not be empty')
    const remote = source.pod !== undefined ? source : target
    if (remote.pod === undefined) throw new CommandError('one of src or dest must be a remote file specification')
    if (source.pod === undefined && !(await stat(resolve(context.cwd, source.path)).catch(() => undefined))) {
      throw new CommandError(`${source.path} doesn't exist in local filesystem`)
    }
    const connection = await context.connect()
    const namespace = remote.namespace ?? connection.namespace
    const pod = await connection.client.get(Pod, { namespace, name: remote.pod })
    const container = chooseContainer(context, pod, flags.container)
    const there = { context, connection, pod, container }
    if (source.pod === undefined) await copyTo(there, source.path, target.path, flags['no-preserve'])
    else await copyFrom(there, source.path, target.path, flags['no-preserve'], flags.retries)
  },
})

interface Remote {
  context: Context
  connection: Connection
  pod: PodObject
  container: Container
}

/** Runs a command in the container; its exit code. */
async function run(
  { context, connection, pod, container }: Remote,
  command: string[],
  streams: { stdin?: Readable; stdout?: Writable; stderr?: Writable },
): Promise<number> {
  const { namespace = '', name = '' } = pod.metadata
  const end = await runRemote({
    client: connection.client,
    path: objectPath(Pod, { namespace, name }, 'exec'),
    query: {
      container: container.name,
      command,
      stdin: streams.stdin !== undefined,
      stdout: streams.stdout !== undefined,
      stderr: streams.stderr !== undefined,
    },
    signal: context.signal,
    ...streams,
  })
  return end.kind === 'exited' ? end.code : 0
}

async function copyTo(remote: Remote, from: string, to: string, noPreserve: boolean): Promise<void> {
  const { context } = remote
  const local = resolve(context.cwd, from)
  const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })
  const clean = to !== '/' && to.endsWith('/') ? to.slice(0, -1) : to
  // Into a directory that is there, or as the name that is given.
  const isDirectory =
    (await run(remote, ['test', '-d', clean], { stdout: nowhere(), stderr: nowhere() }).catch(() => 1)) === 0
  const target = isDirectory ? posix.join(clean, basename(local)) : posix.normalize(clean)
  const flags = noPreserve ? ['--no-same-permissions', '--no-same-owner', '-xmf'] : ['-xmf']
  const folder = posix.dirname(target)
  const command = ['tar', ...flags, '-', ...(folder === '' ? [] : ['-C', folder])]
  const archive = Readable.from(packTar(local, posix.basename(target)))
  const code = await run(remote, command, { stdin: archive, stdout: context.stdout, stderr: context.stderr })
  if (code !== 0) throw new ExitError(code, `command terminated with exit code ${code}`)
}

async function copyFrom(remote: Remote, from: string, to: string, noPreserve: boolean, retries: number): Promise<void> {
  const { context } = remote
  const source = from.length > 1 ? from.replace(/\/+$/, '') : from
  const prefix = source.replace(/^\/+/, '')
  const local = resolve(context.cwd, to)
  const info = await stat(local).catch(() => undefined)
  const destination = info?.isDirectory() ? resolve(local, posix.basename(source)) : local
  for (let attempt = 0; ; attempt++) {
    const archive = new PassThrough()
    const unpacking = unpackTar({
      source: archive,
      prefix: posix.normalize(prefix),
      destination,
      preserve: !noPreserve,
      warn: (text) => context.warn(text),
    })
    try {
      const running = run(remote, ['tar', 'cf', '-', source], { stdout: archive, stderr: context.stderr }).finally(() =>
        archive.end(),
      )
      const [code] = await Promise.all([running, unpacking])
      if (code !== 0) throw new ExitError(code, `error: command terminated with exit code ${code}`)
      return
    } catch (error) {
      archive.destroy()
      await unpacking.catch(() => undefined)
      const broken = !(error instanceof ExitError) && !context.signal.aborted
      if (!broken || (retries >= 0 && attempt >= retries)) throw error
      context.warn(`Resuming copy after a broken connection: ${messageOf(error)}\n`)
    }
  }
}
