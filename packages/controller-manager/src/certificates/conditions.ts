import type { CertificateSigningRequest } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'

type Request = DeepReadonly<CertificateSigningRequest>

/** A condition of this type that is there; whether it is true is not asked, as it can be nothing else. */
export function conditionOf({ status }: Request, type: 'Approved' | 'Denied' | 'Failed') {
  return status?.conditions?.find((condition) => condition.type === type)
}

/** The certificate of a request in PEM, once there is one. */
export function certificateOf({ status }: Request): string | undefined {
  return status?.certificate ? Buffer.from(status.certificate, 'base64').toString('latin1') : undefined
}
