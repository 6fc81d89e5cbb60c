import { X509Certificate } from 'node:crypto'
import { CertificateSigningRequest } from '@wherry/api'
import { type DeepReadonly, isNotFound } from '@wherry/apimachinery'
import type { Controller } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { certificateOf, conditionOf } from './conditions.ts'

const hour = 3600_000

/** How long requests stay: upstream `controller/certificates/cleaner/cleaner.go`. */
const decidedMs = hour
const pendingMs = 24 * hour

/** When a request may go: an hour after it was decided, a day after it was made, or when its certificate has ended. */
export function requestDeadline(request: DeepReadonly<CertificateSigningRequest>): number {
  const certificate = certificateOf(request)
  const approved = conditionOf(request, 'Approved')
  const denied = conditionOf(request, 'Denied')
  const failed = conditionOf(request, 'Failed')
  const deadlines: number[] = []
  const after = (time: string | undefined, ms: number) => deadlines.push(Date.parse(time ?? '') + ms)
  if (certificate !== undefined && approved) after(approved.lastUpdateTime, decidedMs)
  if (denied) after(denied.lastUpdateTime, decidedMs)
  if (failed) after(failed.lastUpdateTime, decidedMs)
  if (!approved && !denied && !failed) after(request.metadata.creationTimestamp, pendingMs)
  if (certificate !== undefined) deadlines.push(endOf(certificate))
  return Math.min(...deadlines.filter((deadline) => !Number.isNaN(deadline)))
}

function endOf(pem: string): number {
  try {
    return Date.parse(new X509Certificate(pem).validTo)
  } catch {
    return Number.NaN
  }
}

/** Deletes requests that nobody needs any more. As upstream's certificatesigningrequest-cleaner-controller. */
export function newCSRCleanerController({ client, informers, clock }: ControllerDeps): Controller {
  const requests = informers.for(CertificateSigningRequest).lister
  return {
    name: 'certificatesigningrequest-cleaner',
    primary: CertificateSigningRequest,
    workers: 1,
    async reconcile(key) {
      const request = requests.get(key)
      if (!request) return undefined
      const rest = requestDeadline(request) - clock.now()
      if (rest > 0) return rest === Infinity ? undefined : { requeueAfterMs: rest }
      try {
        await client.delete(CertificateSigningRequest, { name: key })
      } catch (error) {
        if (!isNotFound(error)) throw error
      }
      return undefined
    },
  }
}
