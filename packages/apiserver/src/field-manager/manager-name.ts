const maxLength = 128
const unprintable = /[^\P{C}]|[^\P{Z} ]/u

/**
 * Who writes: what the request says, or the beginning of its user agent, without what cannot be printed. As upstream:
 * handlers/create.go, `managerOrUserAgent`.
 */
export function managerOf(fieldManager: string, userAgent = ''): string {
  if (fieldManager !== '') return fieldManager
  let name = ''
  for (const char of userAgent.split('/', 1)[0] ?? '') {
    if (unprintable.test(char)) continue
    if (Buffer.byteLength(name) + Buffer.byteLength(char) > maxLength) break
    name += char
  }
  return name === '' ? 'unknown' : name
}
