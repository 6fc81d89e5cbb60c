import { createReadStream } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { archiveEnd, encodeHeader, paddingOf, type TarHeader } from './tar-format.ts'

/** An archive of a file or a directory with all that is in it, under the name that it shall have. */
export async function* packTar(path: string, name: string): AsyncGenerator<Buffer> {
  yield* packEntry(path, name)
  yield archiveEnd
}

async function* packEntry(path: string, name: string): AsyncGenerator<Buffer> {
  const info = await lstat(path)
  const header: TarHeader = { name, type: 'file', mode: info.mode & 0o7777, size: 0, mtime: info.mtimeMs, linkName: '' }
  if (info.isDirectory()) {
    yield encodeHeader({ ...header, name: `${name}/`, type: 'directory' })
    for (const entry of (await readdir(path)).sort()) yield* packEntry(join(path, entry), `${name}/${entry}`)
  } else if (info.isSymbolicLink()) {
    yield encodeHeader({ ...header, type: 'symlink', linkName: await readlink(path) })
  } else if (info.isFile()) {
    yield encodeHeader({ ...header, size: info.size })
    yield* fileContent(path, info.size)
    yield Buffer.alloc(paddingOf(info.size))
  }
}

/** Exactly so many bytes, even when the file is being written to: the head has said how many there are. */
async function* fileContent(path: string, size: number): AsyncGenerator<Buffer> {
  if (size === 0) return
  let left = size
  for await (const chunk of createReadStream(path, { end: size - 1 })) {
    left -= chunk.length
    yield chunk
  }
  if (left > 0) yield Buffer.alloc(left)
}
