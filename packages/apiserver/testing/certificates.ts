import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { der } from '@wherry/component-base'

const { oid, pem, sequence, time, tlv } = der

export interface KeyPair {
  /** Both in PEM. */
  readonly cert: string
  readonly key: string
}

export interface IssueOptions {
  readonly organizations?: readonly string[]
  readonly from?: number
  readonly until?: number
  readonly dnsNames?: readonly string[]
}

export interface TestAuthority {
  /** The authority's own certificate in PEM. */
  readonly ca: string
  /** A certificate for a client, or for a server at 127.0.0.1 and of these names; good for a day around now unless told. */
  issue(commonName: string, options?: IssueOptions): KeyPair
}

const day = 24 * 3600 * 1000
const oids = {
  ecdsaWithSHA256: '2a8648ce3d040302',
  commonName: '550403',
  organization: '55040a',
  subjectAltName: '551d11',
  basicConstraints: '551d13',
}

/** A certificate authority for one test: certificates by hand, as DER is small where little is said. */
export function newTestAuthority(now: number): TestAuthority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = nameOf('test-ca', [])
  let serial = 1
  const make = (subject: Buffer, publicKey: KeyObject, from: number, until: number, extension: Buffer) => {
    const algorithm = sequence(oid(oids.ecdsaWithSHA256))
    const tbs = sequence(
      tlv(0xa0, tlv(0x02, Buffer.from([2]))),
      tlv(0x02, Buffer.from([serial++])),
      algorithm,
      name,
      sequence(time(from), time(until)),
      subject,
      publicKey.export({ type: 'spki', format: 'der' }),
      tlv(0xa3, sequence(extension)),
    )
    const signature = sign('sha256', tbs, keys.privateKey)
    return pem(sequence(tbs, algorithm, tlv(0x03, Buffer.from([0]), signature)))
  }
  return {
    ca: make(name, keys.publicKey, now - day, now + 365 * day, authorityExtension),
    issue(commonName, { organizations = [], from = now - day, until = now + day, dnsNames = [] } = {}) {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      return {
        cert: make(nameOf(commonName, organizations), leaf.publicKey, from, until, namesExtension(dnsNames)),
        key: leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}

function nameOf(commonName: string, organizations: readonly string[]): Buffer {
  const part = (id: string, text: string) => tlv(0x31, sequence(oid(id), tlv(0x0c, Buffer.from(text))))
  return sequence(...organizations.map((one) => part(oids.organization, one)), part(oids.commonName, commonName))
}

/** The names of a server on loopback. */
function namesExtension(dnsNames: readonly string[]): Buffer {
  const names = dnsNames.map((name) => tlv(0x82, Buffer.from(name)))
  return sequence(oid(oids.subjectAltName), tlv(0x04, sequence(tlv(0x87, Buffer.from([127, 0, 0, 1])), ...names)))
}

const authorityExtension = sequence(
  oid(oids.basicConstraints),
  tlv(0x01, Buffer.from([0xff])),
  tlv(0x04, sequence(tlv(0x01, Buffer.from([0xff])))),
)
