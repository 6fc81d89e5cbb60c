import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { loadKubeconfig, newClient } from '@wherry/client'
import { UserError, newLogger, realClock, runMain } from '@wherry/component-base'
import yargs from 'yargs'
import { newNodeAgent } from './agent.ts'
import { registerImage } from './images.ts'
import { defaultNodeName } from './node-status.ts'
import { newHostRuntime } from './runtime/host/host-runtime.ts'

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserError(`--${flag}: cannot read ${path}`, { cause })
  }
}

/** Flags → dependencies → run. */
export async function main(argv: string[]): Promise<void> {
  const flags = await yargs(argv)
    .scriptName('wherry-node-agent')
    .option('kubeconfig', { type: 'string', describe: 'how to reach the API server', demandOption: true })
    .option('hostname-override', { type: 'string', describe: 'name of the node', default: defaultNodeName() })
    .option('root-dir', { type: 'string', describe: 'where the agent keeps everything', demandOption: true })
    .option('image-dir', { type: 'string', describe: 'the local image catalogue (default: ROOT-DIR/images)' })
    .option('node-ip', { type: 'string', default: '127.0.0.1' })
    .option('address', { type: 'string', describe: 'address of the kubelet API', default: '127.0.0.1' })
    .option('port', { type: 'number', describe: 'port of the kubelet API; 0 takes a free one', default: 10250 })
    .option('tls-cert-file', { type: 'string' })
    .option('tls-private-key-file', { type: 'string' })
    .option('client-ca-file', {
      type: 'string',
      describe: 'clients of the kubelet API must have a certificate of this CA',
    })
    .option('pod-cidr', { type: 'string', describe: 'where pod addresses come from', default: '127.128.0.0/16' })
    .option('register-node', { type: 'boolean', default: true })
    .option('node-labels', { type: 'string', describe: 'key=value, separated by commas' })
    .option('max-pods', { type: 'number', default: 110 })
    .option('hello-dir', { type: 'string', describe: 'directory of the built-in image wherry/hello' })
    .option('log-level', { choices: ['debug', 'info', 'warn', 'error'] as const, default: 'info' as const })
    .strict()
    .parse()
  const rootDir = resolve(flags['root-dir'])
  const imageDir = resolve(flags['image-dir'] ?? join(rootDir, 'images'))
  const cert = flags['tls-cert-file']
  const key = flags['tls-private-key-file']
  if ((cert === undefined) !== (key === undefined)) {
    throw new UserError('--tls-cert-file and --tls-private-key-file belong together')
  }
  await runMain('node-agent', async (signal) => {
    const logger = newLogger({ level: flags['log-level'] })
    const { config: clientConfig } = await loadKubeconfig(process.env, { path: flags.kubeconfig })
    const client = newClient({ ...clientConfig, userAgent: 'kubelet/v1.36.0' })
    await registerBuiltIn(imageDir, flags['hello-dir'])
    const config = { rootDir: join(rootDir, 'runtime'), podCIDR: flags['pod-cidr'], nodeIP: flags['node-ip'], imageDir }
    const runtime = newHostRuntime({ clock: realClock, logger, config })
    const ca = flags['client-ca-file']
    const agent = newNodeAgent({
      client,
      clock: realClock,
      logger,
      runtime,
      config: {
        nodeName: flags['hostname-override'],
        nodeIP: flags['node-ip'],
        rootDir,
        port: flags.port,
        registerNode: flags['register-node'],
        podLimit: flags['max-pods'],
        nodeLabels: parseLabels(flags['node-labels']),
        ...(cert !== undefined && key !== undefined
          ? {
              tls: {
                cert: read('tls-cert-file', cert),
                key: read('tls-private-key-file', key),
                ...(ca === undefined ? {} : { clientCA: read('client-ca-file', ca) }),
              },
            }
          : {}),
      },
    })
    try {
      await agent.run(signal)
    } finally {
      client.close()
    }
  })
}

/** Registers the images that come with the agent. */
export async function registerBuiltIn(imageDir: string, helloDir: string | undefined): Promise<void> {
  if (helloDir === undefined) return
  const directory = resolve(helloDir)
  const entrypoint = [process.execPath, join(directory, 'server.cjs')]
  await registerImage(imageDir, { name: 'wherry/hello', directory, entrypoint, cmd: [], env: {} })
}

function parseLabels(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').filter((item) => item !== '')
  return Object.fromEntries(pairs.map((item) => [item.split('=')[0] ?? item, item.split('=').slice(1).join('=')]))
}
