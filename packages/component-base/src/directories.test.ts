import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeDirectory } from './directories.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wherry-directories-'))
})
afterAll(() => rm(root, { recursive: true }))

describe('making a directory', () => {
  it('makes those above it, for their owner alone, and does not mind one that is there', async () => {
    const path = join(root, 'a/b/c')
    await makeDirectory(path)
    await makeDirectory(path)
    expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700)
    expect((await stat(path)).isDirectory()).toBe(true)
  })

  it('fails below a file', async () => {
    await writeFile(join(root, 'file'), '')
    await expect(makeDirectory(join(root, 'file/x'))).rejects.toMatchObject({ code: 'ENOTDIR' })
  })

  it.runIf(process.platform === 'linux')('fails where the file system refuses, rather than try for ever', async () => {
    await expect(makeDirectory('/proc/nowhere/x')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
