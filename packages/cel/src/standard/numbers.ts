/** Go's `%g`: the shortest text that is the same number, with an exponent below 1e-4 and from 1e21. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e21)) {
    const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
    const digits = exponent.replace(/^[+-]/, '').padStart(2, '0')
    return `${mantissa}e${exponent.startsWith('-') ? '-' : '+'}${digits}`
  }
  return String(value)
}
