import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Secret } from '@wherry/api'
import { defineCommand, defineGroup } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CommandError, messageOf } from '../../errors.ts'
import { dataFlags, readData } from './data-sources.ts'
import { createGenerated, type GeneratorFlags, generatorFlags, nameArgument, newMeta } from './generate.ts'
import { contentHash } from './hash.ts'

const failure = 'failed to create secret '
const hashFlag = { 'append-hash': dataFlags['append-hash'] } as const

async function createSecret(
  context: Context,
  name: string,
  data: ReadonlyMap<string, Buffer>,
  type: string,
  flags: GeneratorFlags & { readonly 'append-hash': boolean },
): Promise<void> {
  const encoded = Object.fromEntries([...data].map(([key, value]) => [key, value.toString('base64')]))
  const content = { kind: 'Secret', type, name, data: encoded }
  const secret = {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: newMeta(context, Secret, flags['append-hash'] ? `${name}-${contentHash(content)}` : name),
    ...(data.size > 0 && { data: encoded }),
    ...(type !== '' && { type }),
  }
  await createGenerated(context, Secret, secret, flags, failure)
}

const genericCommand = defineCommand({
  use: 'create secret generic NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]',
  short: 'Create a secret from a local file, directory, or literal value',
  examples: `# From literals
$ create secret generic login --from-literal=user=admin --from-literal=password=hush

# From files
$ create secret generic keys --from-file=id_rsa --from-file=public=id_rsa.pub`,
  flags: { ...generatorFlags, ...dataFlags, type: { type: 'string', describe: 'The type of the secret.' } },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    await createSecret(context, name, await readData(context, flags, 'Secret', name), flags.type, flags)
  },
})

const tlsCommand = defineCommand({
  use: 'create secret tls NAME --cert=path/to/cert/file --key=path/to/key/file [--dry-run=server|client|none]',
  short: 'Create a TLS secret',
  examples: `# From a certificate and its key
$ create secret tls web --cert=web.crt --key=web.key`,
  flags: {
    ...generatorFlags,
    ...hashFlag,
    cert: { type: 'string', describe: 'File with the certificate in PEM.' },
    key: { type: 'string', describe: "File with the certificate's private key in PEM." },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    if (flags.key === '' || flags.cert === '') throw new CommandError('key and cert must be specified')
    const read = (path: string) =>
      readFile(resolve(context.cwd, path)).catch(() => {
        throw new CommandError(`Cannot read file ${path}, open ${path}: no such file or directory`)
      })
    const cert = await read(flags.cert)
    const key = await read(flags.key)
    checkPair(cert, key)
    const data = new Map([
      ['tls.crt', cert],
      ['tls.key', key],
    ])
    await createSecret(context, name, data, 'kubernetes.io/tls', flags)
  },
})

function checkPair(cert: Buffer, key: Buffer): void {
  let matches: boolean
  try {
    matches = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch (error) {
    throw new CommandError(`tls: failed to find any PEM data in certificate or key input: ${messageOf(error)}`, {
      cause: error,
    })
  }
  if (!matches) throw new CommandError('tls: private key does not match public key')
}

const dockerCommand = defineCommand({
  use: 'create secret docker-registry NAME --docker-username=user --docker-password=password --docker-email=email [--docker-server=string] [--from-file=[key=]source] [--dry-run=server|client|none]',
  short: 'Create a secret for use with a Docker registry',
  examples: `# For a registry with a password
$ create secret docker-registry hub --docker-username=me --docker-password=hush`,
  flags: {
    ...generatorFlags,
    ...hashFlag,
    'docker-email': { type: 'string', describe: 'Email address for the registry.' },
    'docker-password': { type: 'string', describe: 'Password for the registry.' },
    'docker-server': { type: 'string', default: 'https://index.docker.io/v1/', describe: 'Address of the registry.' },
    'docker-username': { type: 'string', describe: 'User of the registry.' },
    'from-file': dataFlags['from-file'],
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    const username = flags['docker-username']
    const password = flags['docker-password']
    const email = flags['docker-email']
    const server = flags['docker-server']
    const type = 'kubernetes.io/dockerconfigjson'
    if (flags['from-file'].length > 0) {
      const sources = { 'from-file': flags['from-file'], 'from-env-file': [], 'from-literal': [] }
      await createSecret(context, name, await readData(context, sources, 'Secret', name), type, flags)
      return
    }
    if (username === '' || password === '' || server === '') {
      throw new CommandError(
        'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
      )
    }
    const auth = Buffer.from(`${username}:${password}`).toString('base64')
    const config = JSON.stringify({ auths: { [server]: { username, password, ...(email && { email }), auth } } })
    await createSecret(context, name, new Map([['.dockerconfigjson', Buffer.from(config)]]), type, flags)
  },
})

export const createSecretCommand = defineGroup({
  use: 'create secret (docker-registry | generic | tls)',
  short: 'Create a secret using a specified subcommand',
  commands: {
    'docker-registry': { short: dockerCommand.short, load: async () => dockerCommand },
    generic: { short: genericCommand.short, load: async () => genericCommand },
    tls: { short: tlsCommand.short, load: async () => tlsCommand },
  },
})
