import { gunzipSync } from 'node:zlib'

const block = 512
const text = (bytes) => bytes.toString('utf8').replace(/\0.*$/s, '')

/** The regular files of a .tgz, as `[path, bytes]`; long names (ustar prefixes and pax headers) included. */
export function* filesOf(tgz) {
  const tar = gunzipSync(tgz)
  let longName
  for (let at = 0; at + block <= tar.length; ) {
    const header = tar.subarray(at, at + block)
    if (header[0] === 0) return
    const size = Number.parseInt(text(header.subarray(124, 136)).trim() || '0', 8)
    const type = String.fromCharCode(header[156])
    const body = tar.subarray(at + block, at + block + size)
    const prefix = text(header.subarray(345, 500))
    const name = text(header.subarray(0, 100))
    if (type === 'x') longName = /\d+ path=(.*)\n/.exec(body.toString('utf8'))?.[1]
    else if (type === '0' || type === '\0') yield [longName ?? (prefix ? `${prefix}/${name}` : name), body]
    if (type !== 'x') longName = undefined
    at += block + Math.ceil(size / block) * block
  }
}
