/** A float as Go's `%v` prints it: with an exponent from a million on. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 6) return String(value)
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
}

/** A value of an enum as Go's `%v` prints it in a list. */
export function goValue(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : goFloat(value)
  if (value === null) return '<nil>'
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}
