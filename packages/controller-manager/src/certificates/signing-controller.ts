import { CertificateSigningRequest } from '@wherry/api'
import { deepClone, formatTime } from '@wherry/apimachinery'
import type { Controller } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { type KeyPair, signRequest } from './authority.ts'
import { certificateOf, conditionOf } from './conditions.ts'
import { loadX509, parseRequest } from './request.ts'
import { signers } from './signers.ts'

export interface SigningOptions {
  /** The authority of each signer; what has none is not signed. */
  readonly authorities: Readonly<Record<string, KeyPair>>
  /** How long certificates are good at most. */
  readonly durationMs: number
}

const minDurationMs = 10 * 60_000

/**
 * Signs approved requests with the cluster's CA, or says in a `Failed` condition what their signer has against them.
 * As upstream's certificatesigningrequest-signing-controller.
 */
export function newCSRSigningController(
  { client, informers, clock }: ControllerDeps,
  { authorities, durationMs }: SigningOptions,
): Controller {
  const requests = informers.for(CertificateSigningRequest).lister
  return {
    name: 'certificatesigningrequest-signing',
    primary: CertificateSigningRequest,
    async reconcile(key) {
      const request = requests.get(key)
      if (!request || certificateOf(request) !== undefined) return undefined
      if (!conditionOf(request, 'Approved') || conditionOf(request, 'Failed')) return undefined
      const { signerName = '', usages = [], expirationSeconds, request: asked = '' } = request.spec
      const [check, authority] = [signers[signerName], authorities[signerName]]
      if (!check || !authority) return undefined
      const x509 = await loadX509()
      const parsed = parseRequest(asked, x509)
      const problem = check(parsed, usages)
      const answer = deepClone<CertificateSigningRequest>(request)
      answer.status ??= {}
      if (problem !== undefined) {
        const now = formatTime(clock.now())
        const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: problem }
        answer.status.conditions = [...(answer.status.conditions ?? []), { ...failed, lastUpdateTime: now }]
      } else {
        const wantedMs =
          expirationSeconds === undefined ? durationMs : Math.max(expirationSeconds * 1000, minDurationMs)
        const policy = { usages, ttlMs: Math.min(wantedMs, durationMs), now: clock.now() }
        const certificate = await signRequest(parsed, authority, policy, x509)
        answer.status.certificate = Buffer.from(certificate, 'latin1').toString('base64')
      }
      await client.updateSubresource(CertificateSigningRequest, { name: key }, 'status', answer)
      return undefined
    },
  }
}
