import { spawn } from 'node:child_process'
import type { Clock } from '@wherry/component-base'
import type { CredentialSource, Credentials } from '../rest/config.ts'
import type { Environment } from './files.ts'
import type { ClusterEntry, ExecEntry } from './kubeconfig.ts'
import { interactiveMode } from './validate.ts'

export interface ExecOptions {
  exec: ExecEntry
  cluster: ClusterEntry
  env: Environment
  clock: Clock
  isTerminal?: boolean
}

const clusterExtension = 'client.authentication.k8s.io/exec'
const installHint = `

It looks like you are trying to use a client-go credential plugin that is not installed.

To learn more about this feature, consult the documentation available at:
      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins`

/**
 * Credentials from a plugin: a program that is told what is wanted through `$KUBERNETES_EXEC_INFO` and prints an
 * `ExecCredential`. It runs when the first request needs it and again when its credentials have expired or were
 * rejected; requests at the same time share one run. As client-go: `plugin/pkg/client/auth/exec`.
 */
export function execCredentials(options: ExecOptions): CredentialSource {
  let current: Promise<Issued> | undefined
  let held: Issued | undefined
  const expired = () => held?.expiresAt !== undefined && options.clock.now() > held.expiresAt
  return {
    async get() {
      if (held && expired()) current = undefined
      current ??= runPlugin(options).then(
        (issued) => (held = issued),
        (cause: unknown) => {
          current = undefined
          const message = cause instanceof Error ? cause.message : String(cause)
          throw new Error(`getting credentials: ${message}`, { cause })
        },
      )
      return (await current).credentials
    },
    rejected(credentials) {
      if (held?.credentials !== credentials) return
      held = undefined
      current = undefined
    },
  }
}

interface Issued {
  credentials: Credentials
  expiresAt: number | undefined
}

async function runPlugin({ exec, cluster, env, isTerminal = process.stdin.isTTY === true }: ExecOptions) {
  const { apiVersion, command, args = [] } = exec
  const mode = interactiveMode(exec)
  if (mode === 'Always' && !isTerminal) {
    throw new Error('exec plugin cannot support interactive mode: standard input is not a terminal')
  }
  const interactive = mode !== 'Never' && isTerminal
  const spec = { ...(exec.provideClusterInfo && { cluster: clusterInfo(cluster) }), interactive }
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion, spec })
  const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]))
  const output = await new Promise<string>((resolve, reject) => {
    const child = spawn(command, args, {
      env: { ...env, ...own, KUBERNETES_EXEC_INFO: info },
      stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    })
    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    child.once('error', (cause) => {
      const missing = 'code' in cause && cause.code === 'ENOENT'
      const hint = exec.installHint ? `${installHint}\n\n${exec.installHint}` : installHint
      reject(new Error(missing ? `exec: executable ${command} not found${hint}` : `exec: ${cause.message}`, { cause }))
    })
    child.once('close', (code) => {
      if (code === 0) resolve(Buffer.concat(chunks).toString('utf8'))
      else reject(new Error(`exec: executable ${command} failed with exit code ${code ?? -1}`))
    })
  })
  return issuedBy(output, apiVersion)
}

function clusterInfo(cluster: ClusterEntry) {
  const config = cluster.extensions?.find(({ name }) => name === clusterExtension)?.extension
  return {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data': cluster['certificate-authority-data'],
    'proxy-url': cluster['proxy-url'],
    config,
  }
}

function issuedBy(output: string, wanted: string | undefined): Issued {
  const answer = record(parse(output))
  if (answer.apiVersion !== wanted) {
    throw new Error(
      `exec plugin is configured to use API version ${wanted}, plugin returned version ${answer.apiVersion}`,
    )
  }
  if (answer.status === undefined) throw new Error("exec plugin didn't return a status field")
  const status = record(answer.status)
  const token = text(status.token)
  const cert = text(status.clientCertificateData)
  const key = text(status.clientKeyData)
  if (!token && !cert && !key) throw new Error("exec plugin didn't return a token or cert/key pair")
  if (!cert !== !key) throw new Error('exec plugin returned only certificate or key, not both')
  const expires = text(status.expirationTimestamp)
  return {
    credentials: { ...(token && { token }), ...(cert && { cert }), ...(key && { key }) },
    expiresAt: expires ? Date.parse(expires) : undefined,
  }
}

function parse(output: string): unknown {
  try {
    return JSON.parse(output)
  } catch (cause) {
    throw new Error(`decoding stdout: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
