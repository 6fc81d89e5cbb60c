import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { childOf, type FlagValues, parseFlags, realClock, realRandom, runMain, UserError } from '@wherry/component-base'
import { openLevelStorage, runCompaction } from '@wherry/storage'
import { type APIServerOptions, newAPIServer } from './server.ts'

const flags = {
  'data-dir': { type: 'string', describe: 'directory that holds all objects', required: true },
  'bind-address': { type: 'string', describe: 'address to listen on', default: '127.0.0.1' },
  'secure-port': { type: 'number', describe: 'port to listen on', default: 6443 },
  'advertise-address': { type: 'string', describe: 'address under which others reach the server' },
  'tls-cert-file': { type: 'string', describe: "the server's certificate", required: true },
  'tls-private-key-file': { type: 'string', describe: 'its private key', required: true },
  'client-ca-file': { type: 'string', describe: 'CA whose client certificates are users' },
  'authorization-mode': {
    type: 'string',
    describe: 'who may do what',
    choices: ['RBAC', 'AlwaysAllow', 'Node,RBAC'],
    default: 'RBAC',
  },
  'service-cluster-ip-range': { type: 'string', describe: 'addresses of Services', default: '10.0.0.0/24' },
  'service-node-port-range': { type: 'string', describe: 'ports of NodePort Services', default: '30000-32767' },
  'service-account-issuer': {
    type: 'string',
    describe: 'whom service account tokens are from',
    default: 'https://kubernetes.default.svc.cluster.local',
  },
  'service-account-signing-key-file': { type: 'string', describe: 'key that signs the tokens', required: true },
  'service-account-key-file': { type: 'string', describe: 'its public half; derived from the key unless told' },
  'kubelet-client-certificate': { type: 'string', describe: 'certificate shown to kubelets' },
  'kubelet-client-key': { type: 'string', describe: 'its private key' },
  'kubelet-certificate-authority': { type: 'string', describe: "CA of kubelets' certificates" },
  'descriptions-file': {
    type: 'string',
    describe: 'what types and fields are for, as the build wrote it; explain has no prose without it',
  },
  'allow-loopback-endpoints': {
    type: 'boolean',
    describe: 'endpoints may lie in 127.0.0.0/8, as pods of the host runtime do',
    default: false,
  },
} as const

type Flags = FlagValues<typeof flags>

/** Flags → dependencies → run. */
export async function main(argv: string[]): Promise<void> {
  await runMain('apiserver', async (signal, logger) => {
    const values = parseFlags('apiserver', flags, argv)
    // What is wrong with the command line is told before the data directory is touched.
    const options = await optionsOf(values)
    const storage = await openLevelStorage({ path: values['data-dir'] })
    // When one of the two ends, so does the other.
    const ending = childOf(signal)
    try {
      const server = newAPIServer({ storage, clock: realClock, random: realRandom, logger, options })
      const parts = [server.run(ending.signal), runCompaction({ storage, clock: realClock }, ending.signal)]
      const ends = await Promise.allSettled(parts.map((part) => part.finally(() => ending.abort())))
      for (const end of ends) if (end.status === 'rejected') throw end.reason
    } finally {
      ending.release()
      await storage.close()
    }
  })
}

async function optionsOf(values: Flags): Promise<APIServerOptions> {
  const [cert, key, clientCA, signingKey, kubeletCert, kubeletKey, kubeletCA] = await Promise.all([
    read('tls-cert-file', values['tls-cert-file']),
    read('tls-private-key-file', values['tls-private-key-file']),
    readOptional('client-ca-file', values['client-ca-file']),
    read('service-account-signing-key-file', values['service-account-signing-key-file']),
    readOptional('kubelet-client-certificate', values['kubelet-client-certificate']),
    readOptional('kubelet-client-key', values['kubelet-client-key']),
    readOptional('kubelet-certificate-authority', values['kubelet-certificate-authority']),
  ])
  const publicKey = await readOptional('service-account-key-file', values['service-account-key-file'])
  if (publicKey !== undefined) checkKeyPair(signingKey, publicKey)
  const bindAddress = values['bind-address']
  const advertiseAddress = values['advertise-address'] ?? (bindAddress === '0.0.0.0' ? '127.0.0.1' : bindAddress)
  if (/^127\.|^::1$/.test(advertiseAddress) && !values['allow-loopback-endpoints']) {
    throw new UserError(
      `--advertise-address ${advertiseAddress} is a loopback address: choose one that pods reach, or set --allow-loopback-endpoints`,
    )
  }
  return {
    bindAddress,
    securePort: values['secure-port'],
    tls: { cert, key, clientCA },
    authorizationMode: values['authorization-mode'] === 'AlwaysAllow' ? 'AlwaysAllow' : 'RBAC',
    serviceAccountIssuer: values['service-account-issuer'],
    serviceAccountSigningKey: signingKey,
    kubelet: {
      ...(kubeletCert === undefined ? {} : { cert: kubeletCert }),
      ...(kubeletKey === undefined ? {} : { key: kubeletKey }),
      ...(kubeletCA === undefined ? {} : { ca: kubeletCA }),
    },
    advertiseAddress,
    serviceClusterIPRange: values['service-cluster-ip-range'],
    serviceNodePortRange: portRange(values['service-node-port-range']),
    descriptionsFile: values['descriptions-file'],
    allowLoopbackEndpoints: values['allow-loopback-endpoints'],
  }
}

async function read(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new UserError(`--${flag}: ${path} cannot be read (${code})`, { cause })
  }
}

async function readOptional(flag: string, path: string | undefined): Promise<string | undefined> {
  return path === undefined ? undefined : read(flag, path)
}

function portRange(text: string): readonly [number, number] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? []
  const range = [Number(first), Number(last)] as const
  if (range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535) return range
  throw new UserError(`--service-node-port-range: "${text}" is no range of ports, such as 30000-32767`)
}

/** Tokens are checked with the key that signs them: another public key would be of no effect, so it is refused. */
function checkKeyPair(privateKey: string, publicKey: string): void {
  const der = (key: string) => createPublicKey(key).export({ type: 'spki', format: 'der' })
  if (der(privateKey).equals(der(publicKey))) return
  throw new UserError('--service-account-key-file is not the public half of --service-account-signing-key-file')
}
