import { promisify } from 'node:util'
import { deflateRaw, gunzip, gzip, inflateRaw } from 'node:zlib'

/** Attributes that hold links, by element, as upstream's `atomsToAttrs`. */
const linkAttributes: Readonly<Record<string, readonly string[]>> = {
  a: ['href'],
  applet: ['codebase'],
  area: ['href'],
  audio: ['src'],
  base: ['href'],
  blockquote: ['cite'],
  body: ['background'],
  button: ['formaction'],
  command: ['icon'],
  del: ['cite'],
  embed: ['src'],
  form: ['action'],
  frame: ['longdesc', 'src'],
  head: ['profile'],
  html: ['manifest'],
  iframe: ['longdesc', 'src'],
  img: ['longdesc', 'src', 'usemap'],
  input: ['src', 'usemap', 'formaction'],
  ins: ['cite'],
  link: ['href'],
  object: ['classid', 'codebase', 'data', 'usemap'],
  q: ['cite'],
  script: ['src'],
  source: ['src'],
  video: ['poster', 'src'],
}

/** Where a comment or a start tag may begin. */
const beginnings = /<!--|<([a-z][^\s/>]*)/gi
const rawText = new Set(['script', 'style', 'textarea', 'title', 'xmp', 'iframe', 'noembed', 'noframes'])
const attributes = /([^\s=/>"']+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g

/**
 * The document with every link rewritten; all else stays as it is. Each character is looked at a few times at most, be
 * the document as it may.
 */
export function rewriteHTML(document: string, rewrite: (link: string) => string): string {
  const lower = document.toLowerCase()
  let written = ''
  let from = 0
  let at = 0
  for (;;) {
    beginnings.lastIndex = at
    const match = beginnings.exec(document)
    if (!match) break
    const [opening, name] = match
    if (name === undefined) {
      const end = document.indexOf('-->', match.index + opening.length)
      if (end < 0) break
      at = end
      continue
    }
    const end = endOfTag(document, match.index + opening.length)
    // A tag that is never closed takes all that follows with it.
    if (end < 0) break
    const element = name.toLowerCase()
    const rest = document.slice(match.index + opening.length, end - 1)
    written += document.slice(from, match.index)
    written += startTag(document.slice(match.index, end), element, rest, rewrite)
    from = end
    at = end
    if (!rawText.has(element)) continue
    at = lower.indexOf(`</${element}`, end)
    if (at < 0) break
  }
  return written + document.slice(from)
}

/** Behind the `>` that closes a tag: one in quotes does not. */
function endOfTag(document: string, from: number): number {
  let quote = ''
  for (let at = from; at < document.length; at++) {
    const character = document[at] ?? ''
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '>') return at + 1
  }
  return -1
}

function startTag(whole: string, element: string, rest: string, rewrite: (link: string) => string): string {
  const links = linkAttributes[element]
  if (!links) return whole
  const changed = rest.replace(
    attributes,
    (text: string, key: string, double?: string, single?: string, bare?: string) => {
      const value = double ?? single ?? bare
      if (value === undefined || !links.includes(key.toLowerCase())) return text
      return `${key}="${escaped(rewrite(unescaped(value)))}"`
    },
  )
  return `${whole.slice(0, element.length + 1)}${changed}>`
}

function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#34|#39);/g, (_all, name: string) => entities[name] ?? '')
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#34': '"', '#39': "'" }

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll("'", '&#39;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&#34;')
}

/** How a body is taken out of its content encoding and put back; undefined for an encoding that stays closed to us. */
export function encodingOf(name: string | undefined) {
  if (name === undefined || name === '') {
    return { open: async (body: Buffer) => body, close: async (body: Buffer) => body }
  }
  if (name === 'gzip') return { open: promisify<Buffer, Buffer>(gunzip), close: promisify<Buffer, Buffer>(gzip) }
  if (name === 'deflate') {
    return { open: promisify<Buffer, Buffer>(inflateRaw), close: promisify<Buffer, Buffer>(deflateRaw) }
  }
  return undefined
}
