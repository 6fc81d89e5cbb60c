import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Taint } from '@wherry/api'
import { Quantity } from '@wherry/apimachinery'
import { loadKubeconfig, newClient, serverReady } from '@wherry/client'
import {
  componentLogger,
  parseFlags,
  preferMemoryToSpeed,
  realClock,
  realRandom,
  runMain,
  selfSignedCertificate,
  UserError,
  verbosityFlag,
} from '@wherry/component-base'
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
  'tls-cert-file': { type: 'string', describe: 'the certificate of the kubelet API; self-signed unless told' },
  'tls-private-key-file': { type: 'string', describe: 'its key' },
  'client-ca-file': { type: 'string', describe: 'the CA of those who may use the kubelet API' },
  'anonymous-auth': {
    type: 'boolean',
    describe: 'let who shows no credentials ask the kubelet API, as system:anonymous',
    default: false,
  },
  'authentication-token-webhook': {
    type: 'boolean',
    describe: 'ask the API server about bearer tokens',
    default: true,
  },
  'authorization-mode': {
    type: 'string',
    describe: 'who says what clients of the kubelet API may do: the API server, or nobody',
    choices: ['Webhook', 'AlwaysAllow'],
    default: 'Webhook',
  },
  'pod-cidr': { type: 'string', describe: 'the range of the pods’ addresses', default: '127.128.0.0/16' },
  'register-node': { type: 'boolean', describe: 'register the node with the API server', default: true },
  'node-labels': { type: 'strings', describe: 'labels of the node: key=value, separated by commas' },
  'register-with-taints': { type: 'strings', describe: 'taints of a new node: key=value:effect, separated by commas' },
  'max-pods': { type: 'number', describe: 'how many pods the node takes', default: 110 },
  'image-dir': { type: 'string', describe: 'the local image catalogue, by default ROOT-DIR/images' },
  'hello-dir': { type: 'string', describe: 'the directory of the built-in image wherry/hello' },
  'container-log-max-size': { type: 'string', describe: 'the size at which a log is rotated', default: '10Mi' },
  'container-log-max-files': { type: 'number', describe: 'how many files of a log are kept', default: 5 },
  ...verbosityFlag,
} as const

/** Runs a node agent with the host runtime: flags, dependencies, run. */
export async function main(argv: string[]): Promise<void> {
  preferMemoryToSpeed()
  await runMain('node-agent', async (signal) => {
    const values = parseFlags('node-agent', flags, argv)
    const logger = componentLogger('node-agent', values.v)
    const rootDir = resolve(values['root-dir'])
    const imageDir = resolve(values['image-dir'] ?? join(rootDir, 'images'))
    const nodeName = values['hostname-override'] ?? defaultNodeName()
    const tls = {
      ...servingPair(values['tls-cert-file'], values['tls-private-key-file'], [nodeName, values['node-ip']]),
      clientCA: values['client-ca-file'] === undefined ? undefined : read('client-ca-file', values['client-ca-file']),
    }
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
        nodeName,
        nodeIP,
        rootDir,
        server: {
          address: values.address,
          port: values.port,
          tls,
          auth: {
            anonymous: values['anonymous-auth'],
            tokenWebhook: values['authentication-token-webhook'],
            mode: values['authorization-mode'] === 'AlwaysAllow' ? 'AlwaysAllow' : 'Webhook',
          },
        },
        registerNode: values['register-node'],
        nodeLabels: parseLabels(values['node-labels'] ?? []),
        registerWithTaints: parseTaints(values['register-with-taints'] ?? []),
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

/** The kubelet API's certificate: the one that is named, or one made for this run. */
function servingPair(cert: string | undefined, key: string | undefined, names: readonly string[]) {
  if (cert === undefined && key === undefined) {
    const [host = '', ...more] = names
    return selfSignedCertificate(host, more, realClock.now())
  }
  if (cert === undefined || key === undefined) {
    throw new UserError('--tls-cert-file and --tls-private-key-file must be specified together')
  }
  return { cert: read('tls-cert-file', cert), key: read('tls-private-key-file', key) }
}

function read(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new UserError(`--${flag}: cannot read ${path}`, { cause })
  }
}

function parseLabels(items: readonly string[]): Record<string, string> {
  return Object.fromEntries(items.map((item) => [item.split('=')[0] ?? '', item.split('=').slice(1).join('=')]))
}

function parseTaints(items: readonly string[]): Taint[] {
  return items.map((item) => {
    const match = /^([^=:]+)(?:=([^:]*))?:(NoSchedule|PreferNoSchedule|NoExecute)$/.exec(item)
    if (!match) throw new UserError(`invalid taint spec: ${item}`)
    const [, key = '', value, effect = ''] = match
    return { key, effect, ...(value ? { value } : {}) }
  })
}
