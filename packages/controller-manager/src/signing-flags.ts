import { readFile } from 'node:fs/promises'
import { UserError } from '@wherry/component-base'
import type { KeyPair } from './certificates/authority.ts'
import type { SigningOptions } from './certificates/signing-controller.ts'

/** The signers of the cluster's CA, by what their flags call them. */
const signerFlags = {
  'kube-apiserver-client': 'kubernetes.io/kube-apiserver-client',
  'kubelet-client': 'kubernetes.io/kube-apiserver-client-kubelet',
  'kubelet-serving': 'kubernetes.io/kubelet-serving',
  'legacy-unknown': 'kubernetes.io/legacy-unknown',
} as const

/** kube-controller-manager's `--cluster-signing-*` flags. */
export const signingFlags = {
  'cluster-signing-cert-file': { type: 'string', describe: 'CA that signs certificate requests' },
  'cluster-signing-key-file': { type: 'string', describe: 'its private key' },
  'cluster-signing-duration': {
    type: 'duration',
    describe: 'how long such certificates are good at most',
    default: '8760h0m0s',
  },
  'cluster-signing-kube-apiserver-client-cert-file': { type: 'string', describe: 'CA for clients only' },
  'cluster-signing-kube-apiserver-client-key-file': { type: 'string', describe: 'its private key' },
  'cluster-signing-kubelet-client-cert-file': { type: 'string', describe: 'CA for kubelets as clients only' },
  'cluster-signing-kubelet-client-key-file': { type: 'string', describe: 'its private key' },
  'cluster-signing-kubelet-serving-cert-file': { type: 'string', describe: 'CA for kubelets as servers only' },
  'cluster-signing-kubelet-serving-key-file': { type: 'string', describe: 'its private key' },
  'cluster-signing-legacy-unknown-cert-file': { type: 'string', describe: 'CA for the signer legacy-unknown only' },
  'cluster-signing-legacy-unknown-key-file': { type: 'string', describe: 'its private key' },
} as const

type Files = Readonly<Record<string, unknown>> & { readonly 'cluster-signing-duration': number }

/**
 * Who signs with what; undefined where nothing was given. Throws `UserError` where a certificate comes without its key,
 * or the CA of all stands beside one of a signer (upstream `csrsigningcontroller` options).
 */
export async function signingOptions(flags: Files): Promise<SigningOptions | undefined> {
  const all = await pairOf('cluster-signing', flags)
  const authorities: Record<string, KeyPair> = {}
  for (const [name, signer] of Object.entries(signerFlags)) {
    const own = await pairOf(`cluster-signing-${name}`, flags)
    if (all && own) {
      throw new UserError(
        'cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time',
      )
    }
    const authority = own ?? all
    if (authority) authorities[signer] = authority
  }
  if (Object.keys(authorities).length === 0) return undefined
  return { authorities, durationMs: flags['cluster-signing-duration'] }
}

async function pairOf(prefix: string, flags: Files): Promise<KeyPair | undefined> {
  const [cert, key] = [flags[`${prefix}-cert-file`], flags[`${prefix}-key-file`]]
  if (typeof cert !== 'string' && typeof key !== 'string') return undefined
  if (typeof cert !== 'string') throw new UserError(`cannot specify key without cert: --${prefix}-cert-file is missing`)
  if (typeof key !== 'string') throw new UserError(`cannot specify cert without key: --${prefix}-key-file is missing`)
  return { cert: await read(`${prefix}-cert-file`, cert), key: await read(`${prefix}-key-file`, key) }
}

async function read(flag: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new UserError(`cannot read --${flag} ${path}`, { cause })
  }
}
