import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Taint } from '@wherry/api'
import { Quantity } from '@wherry/apimachinery'
import { loadKubeconfig, newClient, serverReady } from '@wherry/client'
import { parseFlags, preferMemoryToSpeed, realClock, realRandom, runMain, UserError } from '@wherry/component-base'
import { newNodeAgent } from './agent.ts'
import { registerBuiltInImages } from './built-in-images.ts'
import { apiServerForPods } from './node/api-server-address.ts'
import { defaultNodeName, kubeletVersion } from './node/node-facts.ts'
import { newHostRuntime } from './runtime/host/host-runtime.ts'
import { runtimeDirectory } from './stop-containers.ts'

const flags = {
  kubeconfig: { type: 'string', describe: 'how to reach the API server', required: true },
  'root-dir': { type: 'string', describe: 'where the agent keeps its pods', required: true },
  'hostname-override': { type: 'string', describe: "the node's name, by default the machine's" },
  'node-ip': { type: 'string', describe: "the node's address", default: '127.0.0.1' },
  address: { type: 'string', describe: 'the address of the kubelet API', default: '127.0.0.1' },
  port: { type: 'number', describe: 'the port of the kubelet API; 0 takes a free one', default: 10250 },
  'tls-cert-file': { type: 'string', describe: 'the certificate of the kubelet API' },
  'tls-private-key-file': { type: 'string', describe: 'its key' },
  'client-ca-file': { type: 'string', describe: 'the CA of those who may use the kubelet API' },
  'pod-cidr': { type: 'string', describe: 'the range of the pods’ addresses', default: '127.128.0.0/16' },
  'register-node': { type: 'boolean', describe: 'register the node with the API server', default: true },
  'node-labels': { type: 'string', describe: 'labels of the node: key=value, separated by commas' },
  'register-with-taints': { type: 'string', describe: 'taints of a new node: key=value:effect, separated by commas' },
  'max-pods': { type: 'number', describe: 'how many pods the node takes', default: 110 },
  'image-dir': { type: 'string', describe: 'the local image catalogue, by default ROOT-DIR/images' },
  'hello-dir': { type: 'string', describe: 'the directory of the built-in image wherry/hello' },
  'container-log-max-size': { type: 'string', describe: 'the size at which a log is rotated', default: '10Mi' },
  'container-log-max-files': { type: 'number', describe: 'how many files of a log are kept', default: 5 },
} as const

/** Runs a node agent with the host runtime: flags, dependencies, run. */
export async function main(argv: string[]): Promise<void> {
  preferMemoryToSpeed()
  await runMain('node-agent', async (signal, logger) => {
    const values = parseFlags('node-agent', flags, argv)
    const rootDir = resolve(values['root-dir'])
    const imageDir = resolve(values['image-dir'] ?? join(rootDir, 'images'))
    const tls = tlsFiles(values['tls-cert-file'], values['tls-private-key-file'], values['client-ca-file'])
    const { config: clientConfig } = await loadKubeconfig(process.env, { path: values.kubeconfig })
    const client = newClient({ ...clientConfig, userAgent: `kubelet/${kubeletVersion}` })
    await registerBuiltInImages(imageDir, values['hello-dir'])
    const nodeIP = values['node-ip']
    const apiServer = apiServerForPods(clientConfig.server)
    const runtime = newHostRuntime({
      clock: realClock,
      logger,
      config: {
        rootDir: runtimeDirectory(rootDir),
        podCIDR: values['pod-cidr'],
        nodeIP,
        imageDir,
        logLimits: {
          maxSize: Number(Quantity.parse(values['container-log-max-size']).value()),
          maxFiles: values['container-log-max-files'],
        },
      },
    })
    const agent = newNodeAgent({
      client,
      clock: realClock,
      logger,
      random: realRandom,
      runtime,
      config: {
        nodeName: values['hostname-override'] ?? defaultNodeName(),
        nodeIP,
        rootDir,
        server: { address: values.address, port: values.port, ...(tls ? { tls } : {}) },
        registerNode: values['register-node'],
        nodeLabels: parseLabels(values['node-labels'] ?? ''),
        registerWithTaints: parseTaints(values['register-with-taints'] ?? ''),
        maxPods: values['max-pods'],
        ...(apiServer ? { apiServer } : {}),
      },
    })
    try {
      await serverReady(client, realClock, signal)
      await agent.run(signal)
    } finally {
      client.close()
    }
  })
}

function tlsFiles(cert: string | undefined, key: string | undefined, clientCA: string | undefined) {
  if (cert === undefined && key === undefined && clientCA === undefined) return undefined
  if (cert === undefined || key === undefined || clientCA === undefined) {
    throw new UserError('--tls-cert-file, --tls-private-key-file and --client-ca-file belong together')
  }
  return {
    cert: read('tls-cert-file', cert),
    key: read('tls-private-key-file', key),
    clientCA: read('client-ca-file', clientCA),
  }
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserError(`--${flag}: cannot read ${path}`, { cause })
  }
}

function items(text: string): string[] {
  return text.split(',').filter((item) => item !== '')
}

function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(items(text).map((item) => [item.split('=')[0] ?? '', item.split('=').slice(1).join('=')]))
}

function parseTaints(text: string): Taint[] {
  return items(text).map((item) => {
    const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(item)
    if (!match) throw new UserError(`--register-with-taints: "${item}" is not key=value:effect`)
    const [, key = '', value, effect = ''] = match
    return { key, effect, ...(value ? { value } : {}) }
  })
}
