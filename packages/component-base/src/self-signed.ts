import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { oid, pem, sequence, time, tlv } from './der.ts'

export interface SelfSigned {
  /** Both in PEM. */
  readonly cert: string
  readonly key: string
}

const year = 365 * 24 * 3600 * 1000
const oids = {
  ecdsaWithSHA256: '2a8648ce3d040302',
  commonName: '550403',
  subjectAltName: '551d11',
  keyUsage: '551d0f',
  extendedKeyUsage: '551d25',
  serverAuth: '2b06010505070301',
  basicConstraints: '551d13',
}

/**
 * A certificate for a server that nobody gave one, good for a year: its own authority, for these host names and
 * addresses (upstream `client-go/util/cert.GenerateSelfSignedCertKey`).
 */
export function selfSignedCertificate(host: string, names: readonly string[], now: number): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(tlv(0x31, sequence(oid(oids.commonName), text(`${host}@${Math.floor(now / 1000)}`))))
  const algorithm = sequence(oid(oids.ecdsaWithSHA256))
  const serial = randomBytes(15)
  serial[0] = (serial[0] ?? 0) & 0x7f
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), serial])),
    algorithm,
    name,
    sequence(time(now - 3600_000), time(now + year)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions([...new Set([host, ...names])]))),
  )
  const signature = tlv(0x03, Buffer.from([0]), sign('sha256', body, privateKey))
  return {
    cert: pem(sequence(body, algorithm, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

function extensions(names: readonly string[]): Buffer[] {
  const critical = Buffer.from([0x01, 0x01, 0xff])
  // digitalSignature, keyEncipherment and keyCertSign.
  const usage = tlv(0x03, Buffer.from([2, 0xa4]))
  return [
    sequence(oid(oids.keyUsage), critical, tlv(0x04, usage)),
    sequence(oid(oids.extendedKeyUsage), tlv(0x04, sequence(oid(oids.serverAuth)))),
    sequence(oid(oids.basicConstraints), critical, tlv(0x04, sequence(critical))),
    sequence(oid(oids.subjectAltName), tlv(0x04, sequence(...names.map(alternative)))),
  ]
}

function alternative(name: string): Buffer {
  const family = isIP(name)
  if (family === 0) return tlv(0x82, Buffer.from(name, 'latin1'))
  return tlv(0x87, family === 4 ? Buffer.from(name.split('.').map(Number)) : bytesOfIPv6(name))
}

function bytesOfIPv6(address: string): Buffer {
  const [head = '', tail] = address.split('::')
  const words = (part: string) => (part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16)))
  const before = words(head)
  const after = tail === undefined ? [] : words(tail)
  const middle = new Array<number>(tail === undefined ? 0 : 8 - before.length - after.length).fill(0)
  return Buffer.from([...before, ...middle, ...after].flatMap((word) => [word >> 8, word & 0xff]))
}

function text(value: string): Buffer {
  return tlv(0x0c, Buffer.from(value))
}
