import { chmod, lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packTar } from './pack.ts'
import { archiveEnd, decodeHeader, encodeHeader } from './tar-format.ts'
import { readTar } from './tar-reader.ts'
import { unpackTar } from './unpack.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wherry-tar-'))
})

afterEach(() => rm(folder, { recursive: true }))

const header = { name: 'a/b', type: 'file', mode: 0o644, size: 3, mtime: 1_700_000_000_000, linkName: '' } as const

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function all(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('a tar archive', () => {
  it('has heads that read as they were written', () => {
    expect(decodeHeader(encodeHeader(header))).toMatchObject(header)
    expect(decodeHeader(Buffer.alloc(512))).toBeUndefined()
    const broken = encodeHeader(header)
    broken[0] = 0x7a
    expect(() => decodeHeader(broken)).toThrow('invalid tar header')
  })

  it('carries names of any length', async () => {
    const name = `deep/${'ü'.repeat(150)}`
    const bytes = Buffer.concat([encodeHeader({ ...header, name, size: 0 }), archiveEnd])
    const names: string[] = []
    for await (const entry of readTar(inPieces(bytes, 100))) names.push(entry.header.name)
    expect(names).toEqual([name])
  })

  it('brings a directory over with modes and contents, however it is cut', async () => {
    const from = join(folder, 'from')
    await mkdir(join(from, 'sub'), { recursive: true })
    await writeFile(join(from, 'run.sh'), 'echo hi')
    await chmod(join(from, 'run.sh'), 0o755)
    await writeFile(join(from, 'sub/big'), Buffer.alloc(100_000, 7))
    await writeFile(join(from, 'sub/empty'), '')
    const bytes = await all(packTar(from, 'from'))
    const to = join(folder, 'to')
    const warnings: string[] = []
    const count = await unpackTar({
      source: inPieces(bytes, 777),
      prefix: 'from',
      destination: to,
      preserve: true,
      warn: (text) => warnings.push(text),
    })
    expect(count).toBe(5)
    expect(await readFile(join(to, 'run.sh'), 'utf8')).toBe('echo hi')
    expect((await lstat(join(to, 'run.sh'))).mode & 0o777).toBe(0o755)
    expect((await readFile(join(to, 'sub/big'))).equals(Buffer.alloc(100_000, 7))).toBe(true)
    expect((await lstat(join(to, 'sub/empty'))).size).toBe(0)
    expect(warnings).toEqual([])
  })

  it('is not let out of the destination, nor allowed links', async () => {
    const bytes = Buffer.concat([
      encodeHeader({ ...header, name: 'x/../../evil', size: 0 }),
      encodeHeader({ ...header, name: 'x/link', type: 'symlink', size: 0, linkName: '/etc' }),
      archiveEnd,
    ])
    const warnings: string[] = []
    const to = join(folder, 'to')
    await unpackTar({
      source: inPieces(bytes, 512),
      prefix: 'x',
      destination: to,
      preserve: true,
      warn: (text) => warnings.push(text),
    })
    expect(warnings[0]).toMatch(/is outside target destination, skipping/)
    expect(warnings[1]).toMatch(/skipping symlink/)
    await expect(lstat(join(folder, 'evil'))).rejects.toThrow('ENOENT')
    await expect(lstat(join(to, 'link'))).rejects.toThrow('ENOENT')
  })

  it('packs links as links', async () => {
    await symlink('target', join(folder, 'link'))
    const bytes = await all(packTar(join(folder, 'link'), 'link'))
    for await (const entry of readTar(inPieces(bytes, 512))) {
      expect(entry.header).toMatchObject({ type: 'symlink', linkName: 'target' })
    }
  })

  it('that ends too early is an error', async () => {
    const bytes = encodeHeader(header)
    const reading = async () => {
      for await (const entry of readTar(inPieces(bytes, 512))) await all(entry.content)
    }
    await expect(reading()).rejects.toThrow('unexpected EOF')
  })
})
