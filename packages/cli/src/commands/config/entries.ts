import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { defineCommand } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CommandError, messageOf } from '../../errors.ts'
import { openKubeconfig, saveKubeconfig, type Section } from '../../kubeconfig/files.ts'
import { isObject, type JsonObject, list } from '../../objects/json.ts'

/** Sets members of an entry; an empty text takes a member out. Saves the file and says what was done. */
async function change(
  context: Context,
  section: Section,
  name: string,
  edit: (value: JsonObject) => void | Promise<void>,
): Promise<boolean> {
  const editor = await openKubeconfig(context)
  const { file, value, isNew } = editor.open(section, name)
  await edit(value)
  await saveKubeconfig(file)
  return isNew
}

function assign(value: JsonObject, members: Record<string, unknown>): void {
  for (const [key, member] of Object.entries(members)) {
    if (member === '' || member === undefined) delete value[key]
    else value[key] = member
  }
}

export const setContextCommand = defineCommand({
  use: 'config set-context [NAME | --current] [--cluster=cluster_nickname] [--user=user_nickname] [--namespace=namespace]',
  short: 'Set a context entry in kubeconfig',
  examples: '# Another namespace for the current context\n$ config set-context --current --namespace=team-a',
  flags: {
    cluster: { type: 'string', describe: "The context's cluster." },
    current: { type: 'boolean', describe: 'Change the current context.' },
    namespace: { type: 'string', short: 'n', describe: "The context's namespace." },
    user: { type: 'string', describe: "The context's user." },
  },
  async run(context, { args, flags, changed }) {
    if (args.length > 1) throw new CommandError(`Unexpected args: [${args.join(' ')}]`)
    if (args.length === 1 && flags.current)
      throw new CommandError('you cannot specify both a context name and --current')
    const name = flags.current ? (await openKubeconfig(context)).currentContext : (args[0] ?? '')
    if (name === '') {
      throw new CommandError(
        flags.current ? 'no current context is set' : 'you must specify a non-empty context name or --current',
      )
    }
    const isNew = await change(context, 'contexts', name, (value) => {
      for (const key of ['cluster', 'user', 'namespace'] as const)
        if (changed(key)) assign(value, { [key]: flags[key] })
      for (const key of ['cluster', 'user']) value[key] ??= ''
    })
    context.print(`Context ${JSON.stringify(name)} ${isNew ? 'created' : 'modified'}.\n`)
  },
})

export const setClusterCommand = defineCommand({
  use: 'config set-cluster NAME [--server=server] [--certificate-authority=path/to/certificate/authority] [--insecure-skip-tls-verify=true] [--tls-server-name=example.com]',
  short: 'Set a cluster entry in kubeconfig',
  examples:
    '# Where a cluster is\n$ config set-cluster far --server=https://1.2.3.4\n\n# With its CA in the file\n$ config set-cluster far --certificate-authority=ca.crt --embed-certs',
  flags: {
    'certificate-authority': { type: 'string', describe: 'File with the certificates that vouch for the server.' },
    'embed-certs': { type: 'boolean', describe: 'Put the certificates into the kubeconfig.' },
    'insecure-skip-tls-verify': { type: 'boolean', describe: 'Accept any certificate.' },
    'proxy-url': { type: 'string', describe: 'A proxy to go through.' },
    server: { type: 'string', describe: "The server's address." },
    'tls-server-name': { type: 'string', describe: "The name in the server's certificate." },
  },
  async run(context, { args, flags, changed }) {
    const [name] = args
    if (name === undefined || args.length !== 1) throw new CommandError(`Unexpected args: [${args.join(' ')}]`)
    if (flags['insecure-skip-tls-verify'] && flags['certificate-authority'] !== '') {
      throw new CommandError('you cannot specify a certificate authority and insecure mode at the same time')
    }
    if (flags['embed-certs'] && !changed('certificate-authority')) {
      throw new CommandError('you must specify a --certificate-authority to embed')
    }
    await change(context, 'clusters', name, async (value) => {
      for (const key of ['server', 'tls-server-name', 'proxy-url'] as const) {
        if (changed(key)) assign(value, { [key]: flags[key] })
      }
      if (changed('insecure-skip-tls-verify')) {
        assign(value, { 'insecure-skip-tls-verify': flags['insecure-skip-tls-verify'] || undefined })
        if (flags['insecure-skip-tls-verify'])
          assign(value, { 'certificate-authority': '', 'certificate-authority-data': '' })
      }
      if (changed('certificate-authority')) {
        await setFile(context, value, 'certificate-authority', flags['certificate-authority'], flags['embed-certs'])
        if (flags['certificate-authority'] !== '') delete value['insecure-skip-tls-verify']
      }
      value.server ??= ''
    })
    context.print(`Cluster ${JSON.stringify(name)} set.\n`)
  },
})

/** Names a file in an entry, or puts its content there. */
async function setFile(context: Context, value: JsonObject, key: string, given: string, embed: boolean): Promise<void> {
  const path = given === '' ? '' : resolve(context.cwd, given)
  if (!embed) {
    assign(value, { [key]: path, [`${key}-data`]: '' })
    return
  }
  const content = await readFile(path).catch((error: unknown) => {
    throw new CommandError(`could not read ${key} data from ${given}: ${messageOf(error)}`, { cause: error })
  })
  assign(value, { [key]: '', [`${key}-data`]: content.toString('base64') })
}

const execFlags = [
  'exec-api-version',
  'exec-arg',
  'exec-command',
  'exec-env',
  'exec-interactive-mode',
  'exec-provide-cluster-info',
] as const

export const setCredentialsCommand = defineCommand({
  use: 'config set-credentials NAME [--client-certificate=path/to/certfile] [--client-key=path/to/keyfile] [--token=bearer_token] [--username=basic_user] [--password=basic_password] [--exec-command=exec_command] [--exec-api-version=exec_api_version] [--exec-arg=arg] [--exec-env=key=value]',
  short: 'Set a user entry in kubeconfig',
  examples:
    '# With a token\n$ config set-credentials alice --token=abc\n\n# With a certificate in the file\n$ config set-credentials alice --client-certificate=alice.crt --client-key=alice.key --embed-certs',
  flags: {
    'client-certificate': { type: 'string', describe: 'File with the client certificate.' },
    'client-key': { type: 'string', describe: "File with the certificate's key." },
    'embed-certs': { type: 'boolean', describe: 'Put certificate and key into the kubeconfig.' },
    'exec-api-version': { type: 'string', describe: "The API version of the plugin's answers." },
    'exec-arg': { type: 'array', describe: 'Argument of the plugin.' },
    'exec-command': { type: 'string', describe: 'A program that gives credentials.' },
    'exec-env': { type: 'array', describe: 'Environment variable of the plugin: key=value; key- takes one out.' },
    'exec-interactive-mode': { type: 'string', describe: 'Never, IfAvailable or Always.' },
    'exec-provide-cluster-info': { type: 'boolean', describe: 'Tell the plugin of the cluster.' },
    password: { type: 'string', describe: 'Password.' },
    token: { type: 'string', describe: 'Bearer token.' },
    username: { type: 'string', describe: 'User name for the password.' },
  },
  async run(context, { args, flags, changed }) {
    const [name] = args
    if (name === undefined || args.length !== 1) throw new CommandError(`Unexpected args: [${args.join(' ')}]`)
    const basic = flags.username !== '' || flags.password !== ''
    if (flags.token !== '' && basic) {
      throw new CommandError(
        'you cannot specify more than one authentication method at the same time: --token, --username/--password',
      )
    }
    if (flags['embed-certs'] && !changed('client-certificate') && !changed('client-key')) {
      throw new CommandError('you must specify a --client-certificate or --client-key to embed')
    }
    await change(context, 'users', name, async (value) => {
      for (const key of ['client-certificate', 'client-key'] as const) {
        if (changed(key)) await setFile(context, value, key, flags[key], flags['embed-certs'])
      }
      for (const key of ['token', 'username', 'password'] as const)
        if (changed(key)) assign(value, { [key]: flags[key] })
      if (flags.token !== '') assign(value, { username: '', password: '', tokenFile: '' })
      if (basic) assign(value, { token: '', tokenFile: '' })
      if (!execFlags.some((flag) => changed(flag))) return
      const exec = isObject(value.exec) ? value.exec : {}
      value.exec = exec
      if (changed('exec-command')) assign(exec, { command: flags['exec-command'] })
      if (changed('exec-api-version')) assign(exec, { apiVersion: flags['exec-api-version'] })
      if (changed('exec-arg')) exec.args = flags['exec-arg']
      if (changed('exec-env')) exec.env = envOf(list(exec.env).filter(isObject), flags['exec-env'])
      if (changed('exec-interactive-mode')) assign(exec, { interactiveMode: flags['exec-interactive-mode'] })
      exec.provideClusterInfo = changed('exec-provide-cluster-info')
        ? flags['exec-provide-cluster-info']
        : (exec.provideClusterInfo ?? false)
    })
    context.print(`User ${JSON.stringify(name)} set.\n`)
  },
})

function envOf(before: readonly JsonObject[], changes: readonly string[]): JsonObject[] {
  const all = new Map(before.map(({ name, value }) => [String(name), value]))
  for (const change of changes) {
    const equals = change.indexOf('=')
    if (equals > 0) all.set(change.slice(0, equals), change.slice(equals + 1))
    else if (change.endsWith('-')) all.delete(change.slice(0, -1))
    else throw new CommandError(`Error: unrecognized env format ${change}`)
  }
  return [...all].map(([name, value]) => ({ name, value }))
}
