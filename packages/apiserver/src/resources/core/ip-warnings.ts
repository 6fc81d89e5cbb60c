import { formatIP, goQuote, parseIP } from '@wherry/apimachinery'

/** Addresses that are fine, but not written as they will have to be. As `GetWarningsForIP`. */
export function ipWarnings(field: string, value: string): string[] {
  const ip = parseIP(value)
  if (!ip) return []
  const canonical = formatIP(ip)
  if (ip.leadingZeros || ip.mapped) {
    return [
      `${field}: non-standard IP address ${goQuote(value)} will be considered invalid in a future Kubernetes release: use ${goQuote(canonical)}`,
    ]
  }
  if (ip.bytes.length === 4 || canonical === value) return []
  return [`${field}: IPv6 address ${goQuote(value)} should be in RFC 5952 canonical format (${goQuote(canonical)})`]
}
