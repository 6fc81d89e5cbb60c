/** Distinguished encoding (X.690), as far as a certificate needs it: each function gives the bytes of one element. */

/** A GeneralizedTime. */
export function time(milliseconds: number): Buffer {
  return tlv(0x18, Buffer.from(new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '')))
}

/** An object identifier, of which the encoded value is given in hexadecimal. */
export function oid(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'))
}

export function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts)
}

/** Tag, length (up to 65,535) and value. */
export function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const { length } = body
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), body])
  const bytes = length > 0xff ? [length >> 8, length & 0xff] : [length]
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), body])
}

/** A certificate as text. */
export function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
