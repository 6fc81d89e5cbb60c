import { describe, expect, it } from 'vitest'
import { warningHeaders } from './warnings.ts'

const cut = (text: string) => `299 - "${text.slice(0, 256)}"`

describe('warning headers', () => {
  it('quote what they say, in UTF-8', () => {
    expect(warningHeaders(['say "hi" \\'])).toEqual(['299 - "say \\"hi\\" \\\\"'])
    expect(Buffer.from(warningHeaders(['größer'])[0] ?? '', 'latin1').toString('utf8')).toBe('299 - "größer"')
  })

  it('leave out what a header cannot hold', () => {
    expect(warningHeaders(['', 'a\nb', 'c\u0085', 'd'])).toEqual(['299 - "d"'])
  })

  it('are whole up to 4,096 characters together', () => {
    const texts = ['a', 'b'].map((letter) => letter.repeat(2048))
    expect(warningHeaders(texts)).toEqual(texts.map((text) => `299 - "${text}"`))
  })

  it('are cut to 256 characters each once they are longer together', () => {
    const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(2048))
    expect(warningHeaders(texts)).toEqual(texts.map(cut))
  })

  it('end with the one that reaches the limit even so', () => {
    const texts = Array.from({ length: 40 }, (_, at) => String.fromCharCode(0x100 + at).repeat(300))
    expect(warningHeaders(texts)).toHaveLength(16)
  })
})
