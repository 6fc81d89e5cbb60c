import { CertificateSigningRequest } from '@wherry/api'
import type { AdmissionPlugin } from './admission.ts'
import { objectOf, refusal } from './targets.ts'

const signer = 'kubernetes.io/kube-apiserver-client'
const forbiddenGroup = 'system:masters'
/** The object identifier of a subject's organization, 2.5.4.10. */
const organization = '060355040a'

/** Nobody becomes an administrator by a certificate. As upstream `admission/certificates/subjectrestriction`. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  async validate(attributes) {
    if (attributes.operation !== 'CREATE') return
    const request = objectOf(attributes, CertificateSigningRequest)
    if (request?.spec.signerName !== signer) return
    const groups = organizationsOf(request.spec.request ?? '')
    if (!groups) throw refusal(attributes, 'failed to parse CSR: PEM block type must be CERTIFICATE REQUEST')
    if (!groups.includes(forbiddenGroup)) return
    throw refusal(attributes, `use of ${signer} signer with ${forbiddenGroup} group is not allowed`)
  },
}

/** The organizations that the request (PEM, in base64) names as its subject's; undefined where it cannot be read. */
export function organizationsOf(base64: string): string[] | undefined {
  const pem = Buffer.from(base64, 'base64').toString('latin1')
  const match = /-----BEGIN CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE REQUEST-----/.exec(pem)
  const whole = match?.[1] === undefined ? undefined : read(Buffer.from(match[1], 'base64'))
  const info = whole && children(whole.content)[0]
  const subject = info && children(info.content)[1]
  if (!subject) return undefined
  return children(subject.content).flatMap((set) =>
    children(set.content).flatMap((attribute) => {
      const [type, value] = children(attribute.content)
      const isOrganization = type?.bytes.toString('hex') === organization
      return isOrganization && value ? [value.content.toString('utf8')] : []
    }),
  )
}

interface Element {
  readonly bytes: Buffer
  readonly content: Buffer
}

/** The first DER element; undefined where the bytes are none. */
function read(bytes: Buffer): Element | undefined {
  const first = bytes[1]
  if (first === undefined) return undefined
  const digits = first < 0x80 ? 0 : first & 0x7f
  if (digits > 4 || bytes.length < 2 + digits) return undefined
  const length = digits === 0 ? first : bytes.readUIntBE(2, digits)
  const end = 2 + digits + length
  return end > bytes.length ? undefined : { bytes: bytes.subarray(0, end), content: bytes.subarray(2 + digits, end) }
}

function children(content: Buffer): Element[] {
  const found: Element[] = []
  for (let rest = content; ; ) {
    const element = read(rest)
    if (!element) return found
    found.push(element)
    rest = rest.subarray(element.bytes.length)
  }
}
