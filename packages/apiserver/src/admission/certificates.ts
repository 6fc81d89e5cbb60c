import { CertificateSigningRequest } from '@wherry/api'
import { deepEqual, goQuote } from '@wherry/apimachinery'
import { type Authorizer, resourceAttributes } from '../authz/authorizer.ts'
import type { UserInfo } from '../registry/resource.ts'
import type { AdmissionPlugin } from './admission.ts'
import { isA, isFor, oldOf, refusal } from './targets.ts'

/** Who approves a certificate needs the verb `approve` on its signer, beyond write access to the request. */
export function newCertificateApproval(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateApproval',
    async validate(attributes) {
      const { operation, user } = attributes
      const old = oldOf(attributes, CertificateSigningRequest)
      if (operation !== 'UPDATE' || !isFor(attributes, CertificateSigningRequest, 'approval')) return
      if (!old) return
      const name = old.spec.signerName
      if (maySign(authorizer, user, name, 'approve')) return
      throw refusal(attributes, `user not permitted to approve requests with signerName ${goQuote(name)}`)
    },
  }
}

/** Who issues a certificate needs the verb `sign` on its signer. */
export function newCertificateSigning(authorizer: Authorizer): AdmissionPlugin {
  return {
    name: 'CertificateSigning',
    async validate(attributes) {
      const { object, operation, user } = attributes
      const old = oldOf(attributes, CertificateSigningRequest)
      if (operation !== 'UPDATE' || !isFor(attributes, CertificateSigningRequest, 'status')) return
      if (!old) return
      if (!isA<CertificateSigningRequest>(object, CertificateSigningRequest)) return
      const same =
        object.status?.certificate === old.status?.certificate &&
        deepEqual(object.status?.conditions, old.status?.conditions)
      if (same || maySign(authorizer, user, old.spec.signerName, 'sign')) return
      const name = goQuote(old.spec.signerName)
      throw refusal(attributes, `user not permitted to sign requests with signerName ${name}`)
    },
  }
}

/** Upstream `admission/certificates/util.go`: the signer itself, or all signers of its domain. */
function maySign(authorizer: Authorizer, user: UserInfo, signer: string, verb: string): boolean {
  const ask = (name: string) =>
    authorizer.authorize(
      user,
      resourceAttributes({ verb, name, apiGroup: 'certificates.k8s.io', apiVersion: '*', resource: 'signers' }),
    ).allowed
  return ask(signer) || ask(`${signer.split('/')[0]}/*`)
}
