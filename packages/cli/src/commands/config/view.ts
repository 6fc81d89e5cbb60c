import { readFile } from 'node:fs/promises'
import { type Kubeconfig, readKubeconfig } from '@wherry/client'
import { defineCommand } from '../../command.ts'
import { CommandError, messageOf } from '../../errors.ts'
import { printFlags } from '../../flags/shared.ts'
import { unstructured } from '../../objects/json.ts'
import { goJSON } from '../../printers/json.ts'
import { newPrinter } from '../../printers/output.ts'

export const viewCommand = defineCommand({
  use: 'config view [flags]',
  short: 'Display merged kubeconfig settings or a specified kubeconfig file',
  examples: `# All settings; secrets are left out
$ config view

# With certificates and secrets
$ config view --raw

# Only what the current context uses, in one file for elsewhere
$ config view --minify --flatten`,
  flags: {
    ...printFlags,
    output: { ...printFlags.output, default: 'yaml' },
    flatten: { type: 'boolean', describe: 'Put the content of the files that are named into the output.' },
    merge: { type: 'boolean', default: 'true', hidden: true, describe: 'Kept for scripts; has no effect.' },
    minify: { type: 'boolean', describe: 'Leave out what the current context does not use.' },
    raw: { type: 'boolean', describe: 'Show secrets and certificates.' },
  },
  async run(context, { args, flags }) {
    if (args.length > 0) throw new CommandError(`unexpected arguments: [${args.join(' ')}]`)
    let config = await readKubeconfig(context.env, context.globals.kubeconfig || undefined)
    if (flags.minify) config = minified(config, context.globals.context)
    if (flags.flatten) config = await flattened(config)
    else if (!flags.raw) config = redacted(config)
    const whole = {
      kind: 'Config',
      apiVersion: 'v1',
      ...(config.preferences !== undefined && { preferences: config.preferences }),
      clusters: orNull(config.clusters),
      users: orNull(config.users),
      contexts: orNull(config.contexts),
      'current-context': config['current-context'],
    }
    if (flags.output === 'json') {
      context.print(`${goJSON(whole)}\n`)
      return
    }
    if (flags.output === 'yaml') {
      const { toYAML } = await import('@wherry/apimachinery')
      const { sortKeys } = await import('../../objects/json.ts')
      context.print(toYAML(sortKeys(whole)))
      return
    }
    const printer = await newPrinter({ flags, write: (line) => context.print(line) })
    const { metadata: _none, ...printed } = unstructured(whole)
    printer.print({ ...printed, metadata: {} })
  },
})

function orNull<T>(entries: T[]): T[] | null {
  return entries.length === 0 ? null : entries
}

function minified(config: Kubeconfig, wanted: string): Kubeconfig {
  const name = wanted || config['current-context']
  if (name === '') throw new CommandError('current-context must exist in order to minify')
  const current = config.contexts.find((entry) => entry.name === name)
  if (!current) throw new CommandError(`cannot locate context ${name}`)
  return {
    ...config,
    contexts: [current],
    clusters: config.clusters.filter((entry) => entry.name === current.context.cluster),
    users: config.users.filter((entry) => entry.name === current.context.user),
    'current-context': name,
  }
}

function redacted(config: Kubeconfig): Kubeconfig {
  const data = (value: string | undefined) => (value === undefined ? undefined : 'DATA+OMITTED')
  const secret = (value: string | undefined) => (value ? 'REDACTED' : value)
  return {
    ...config,
    clusters: config.clusters.map(({ name, cluster }) => ({
      name,
      cluster: { ...cluster, 'certificate-authority-data': data(cluster['certificate-authority-data']) },
    })),
    users: config.users.map(({ name, user }) => ({
      name,
      user: {
        ...user,
        'client-certificate-data': data(user['client-certificate-data']),
        'client-key-data': data(user['client-key-data']),
        token: secret(user.token),
        password: secret(user.password),
      },
    })),
  }
}

async function flattened(config: Kubeconfig): Promise<Kubeconfig> {
  const content = async (path: string | undefined, data: string | undefined) => {
    if (!path) return data
    const bytes = await readFile(path).catch((error: unknown) => {
      throw new CommandError(messageOf(error), { cause: error })
    })
    return bytes.toString('base64')
  }
  return {
    ...config,
    clusters: await Promise.all(
      config.clusters.map(async ({ name, cluster: { 'certificate-authority': file, ...cluster } }) => ({
        name,
        cluster: {
          ...cluster,
          'certificate-authority-data': await content(file, cluster['certificate-authority-data']),
        },
      })),
    ),
    users: await Promise.all(
      config.users.map(async ({ name, user: { 'client-certificate': cert, 'client-key': key, ...user } }) => ({
        name,
        user: {
          ...user,
          'client-certificate-data': await content(cert, user['client-certificate-data']),
          'client-key-data': await content(key, user['client-key-data']),
        },
      })),
    ),
  }
}
