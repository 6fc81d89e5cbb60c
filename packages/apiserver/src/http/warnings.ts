import type { ServerResponse } from 'node:http'

/** As upstream: endpoints/filters/warning.go. */
const maxCharacters = 4096
const maxTruncated = 256

/** Puts the warnings into `Warning` headers. */
export function addWarnings(response: ServerResponse, warnings: ReadonlySet<string>): void {
  if (warnings.size === 0) return
  const headers = warningHeaders(warnings)
  if (headers.length > 0) response.setHeader('Warning', headers)
}

/**
 * Warnings as RFC 7234 writes them: code 299, no agent, in UTF-8. Those with control characters are left out. Once they
 * are longer than 4,096 characters together each is cut to 256, and what goes beyond the limit even so is left out.
 */
export function warningHeaders(warnings: Iterable<string>): string[] {
  const texts = [...warnings].filter((text) => text !== '')
  const whole = texts.filter(isPrintable)
  if (whole.reduce((sum, text) => sum + lengthOf(text), 0) <= maxCharacters) return whole.map(header)
  // The warnings up to the one that goes beyond the limit come back cut, whatever their sum; later ones while there is room.
  let written = 0
  let atLimit = 0
  for (let sum = 0; atLimit < whole.length && sum <= maxCharacters; atLimit++) sum += lengthOf(whole[atLimit] ?? '')
  return whole.flatMap((text, at) => {
    if (at >= atLimit && written >= maxCharacters) return []
    const short = [...text].slice(0, maxTruncated).join('')
    written += lengthOf(short)
    return header(short)
  })
}

const lengthOf = (text: string): number => [...text].length

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not stand in a header is what this looks for.
const isPrintable = (text: string): boolean => !/[\x00-\x1f\x7f-\x9f]/.test(text)

/** Node writes headers one byte a character. */
function header(text: string): string {
  return `299 - "${Buffer.from(text.replace(/["\\]/g, '\\$&')).toString('latin1')}"`
}
