import type { ParsedRequest } from './request.ts'

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet'

/** Why a signer may not sign a request, in upstream's words; undefined where it may. */
type Check = (request: ParsedRequest, usages: readonly string[]) => string | undefined

/** The signers of the cluster's own CA, and what each asks of a request (upstream `pkg/apis/certificates/helpers.go`). */
export const signers: Readonly<Record<string, Check>> = {
  'kubernetes.io/kube-apiserver-client': (_request, usages) => {
    const extra = usages.find((usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage))
    if (extra !== undefined) return `invalid usage for client certificate: ${extra}`
    return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth'
  },
  [kubeletClientSigner]: kubeletClientProblem,
  'kubernetes.io/kubelet-serving': (request, usages) => {
    if (!ofNodes(request)) return 'subject organization is not system:nodes'
    if (request.dnsNames.length === 0 && request.addresses.length === 0) return 'DNS or IP subjectAltName is required'
    if (request.emails.length > 0) return 'Email subjectAltNames are not allowed'
    if (request.uris.length > 0) return 'URI subjectAltNames are not allowed'
    if (!usagesFit(usages, 'server auth')) {
      return 'usages did not match [digital signature key encipherment server auth]'
    }
    return ofNode(request) ? undefined : 'subject common name does not begin with system:node:'
  },
  'kubernetes.io/legacy-unknown': () => undefined,
}

/** What speaks against a node's client certificate. */
export function kubeletClientProblem(request: ParsedRequest, usages: readonly string[]): string | undefined {
  if (!ofNodes(request)) return 'subject organization is not system:nodes'
  if (request.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed'
  if (request.emails.length > 0) return 'Email subjectAltNames are not allowed'
  if (request.addresses.length > 0) return 'IP subjectAltNames are not allowed'
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed'
  if (!ofNode(request)) return 'subject common name does not begin with system:node:'
  if (usagesFit(usages, 'client auth')) return undefined
  return 'usages did not match [client auth digital signature key encipherment]'
}

function ofNodes({ organizations }: ParsedRequest): boolean {
  return organizations.length === 1 && organizations[0] === 'system:nodes'
}

function ofNode({ commonName }: ParsedRequest): boolean {
  return commonName.startsWith('system:node:')
}

/** Keys other than RSA need no key encipherment. */
function usagesFit(usages: readonly string[], auth: string): boolean {
  const given = [...new Set(usages)].sort().join()
  const least = ['digital signature', auth]
  return given === [...least].sort().join() || given === [...least, 'key encipherment'].sort().join()
}
