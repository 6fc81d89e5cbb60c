import { CertificateSigningRequest, SubjectAccessReview } from '@wherry/api'
import { type DeepReadonly, deepClone } from '@wherry/apimachinery'
import type { Client, Controller } from '@wherry/client'
import type { ControllerDeps } from '../controller-deps.ts'
import { certificateOf, conditionOf } from './conditions.ts'
import { loadX509, type ParsedRequest, parseRequest } from './request.ts'
import { kubeletClientProblem, kubeletClientSigner } from './signers.ts'

type Request = DeepReadonly<CertificateSigningRequest>

/** Who may have such a request approved, in the order in which they are asked. */
const recognizers = [
  {
    subresource: 'selfnodeclient',
    recognizes: (request: Request, parsed: ParsedRequest) => request.spec.username === parsed.commonName,
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  },
  {
    subresource: 'nodeclient',
    recognizes: () => true,
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  },
]

/**
 * Approves client certificates of nodes for who may ask for them: the node itself, or who bootstraps nodes. As
 * upstream's certificatesigningrequest-approving-controller.
 */
export function newCSRApprovingController({ client, informers }: ControllerDeps): Controller {
  const requests = informers.for(CertificateSigningRequest).lister
  return {
    name: 'certificatesigningrequest-approving',
    primary: CertificateSigningRequest,
    async reconcile(key) {
      const request = requests.get(key)
      if (!request || certificateOf(request) !== undefined || request.spec.signerName !== kubeletClientSigner) {
        return undefined
      }
      if (conditionOf(request, 'Approved') || conditionOf(request, 'Denied')) return undefined
      const parsed = parseRequest(request.spec.request ?? '', await loadX509())
      if (kubeletClientProblem(parsed, request.spec.usages ?? []) !== undefined) return undefined
      const tried: string[] = []
      for (const { subresource, recognizes, message } of recognizers) {
        if (!recognizes(request, parsed)) continue
        tried.push(subresource)
        if (!(await may(client, request, subresource))) continue
        const answer = deepClone<CertificateSigningRequest>(request)
        const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved', message }
        answer.status = { ...answer.status, conditions: [...(answer.status?.conditions ?? []), approved] }
        await client.updateSubresource(CertificateSigningRequest, { name: key }, 'approval', answer)
        return undefined
      }
      // A role may be bound later: it is asked again with growing delays.
      throw new Error(`recognized csr "${key}" as [${tried.join(' ')}] but subject access review was not approved`)
    },
  }
}

async function may(client: Client, { spec }: Request, subresource: string): Promise<boolean> {
  const { username, uid, groups, extra } = deepClone<CertificateSigningRequest['spec']>(spec)
  const resourceAttributes = {
    group: 'certificates.k8s.io',
    resource: 'certificatesigningrequests',
    verb: 'create',
    subresource,
  }
  const review = await client.create(SubjectAccessReview, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: {},
    spec: {
      resourceAttributes,
      ...(username === undefined ? {} : { user: username }),
      ...(uid === undefined ? {} : { uid }),
      ...(groups === undefined ? {} : { groups }),
      ...(extra === undefined ? {} : { extra }),
    },
  })
  return review.status?.allowed ?? false
}
