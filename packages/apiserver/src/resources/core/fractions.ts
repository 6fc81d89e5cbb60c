import { goQuote } from '@wherry/apimachinery'
import { tryParse } from '../quantities.ts'

/** Parts of bytes: nobody has those, though they may be asked for. */
export function fractionWarnings(text: string | undefined, field: string): string[] {
  const amount = text === undefined ? undefined : tryParse(text)
  if (!amount || amount.milliValue() % 1000n === 0n) return []
  return [`${field}: fractional byte value ${goQuote(amount.toString())} is invalid, must be an integer`]
}
