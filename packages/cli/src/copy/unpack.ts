import { createWriteStream } from 'node:fs'
import { chmod, mkdir, utimes } from 'node:fs/promises'
import { dirname, join, normalize, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { readTar } from './tar-reader.ts'

export interface UnpackRequest {
  source: AsyncIterable<Buffer>
  /** What stands before the names in the archive, and is taken off. */
  prefix: string
  /** Where the file or directory goes. */
  destination: string
  /** Keep modes and times. */
  preserve: boolean
  warn(text: string): void
}

/**
 * Writes an archive's files. Nothing is written outside of the destination, and symbolic links are passed over with a warning, as kubectl
 * does: a container is not trusted with this machine's files. Resolves to the number of entries.
 */
export async function unpackTar({ source, prefix, destination, preserve, warn }: UnpackRequest): Promise<number> {
  let count = 0
  for await (const { header, content } of readTar(source)) {
    if (!header.name.startsWith(prefix)) throw new Error(`tar contents corrupted`)
    const inner = header.name.slice(prefix.length)
    const target = normalize(join(destination, inner))
    if (
      target !== normalize(destination) &&
      !target.startsWith(normalize(destination) + sep) &&
      normalize(destination) !== '.'
    ) {
      warn(`warning: file ${JSON.stringify(target)} is outside target destination, skipping\n`)
      continue
    }
    count++
    if (header.type === 'directory') {
      await mkdir(target, { recursive: true })
      continue
    }
    if (header.type === 'symlink') {
      warn(`warning: skipping symlink: ${JSON.stringify(target)} -> ${JSON.stringify(header.linkName)}\n`)
      continue
    }
    if (header.type !== 'file') continue
    await mkdir(dirname(target), { recursive: true })
    await pipeline(Readable.from(content), createWriteStream(target))
    if (preserve) {
      await chmod(target, header.mode & 0o777)
      await utimes(target, header.mtime / 1000, header.mtime / 1000)
    }
  }
  return count
}
