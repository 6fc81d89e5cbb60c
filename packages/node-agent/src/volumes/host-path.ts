import type { Stats } from 'node:fs'
import { mkdir, stat, writeFile } from 'node:fs/promises'
import type { HostPathVolumeSource } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { VolumeError } from './volume-error.ts'

const checks: Record<string, { words: string; is: (found: Stats) => boolean }> = {
  Directory: { words: 'a directory', is: (found) => found.isDirectory() },
  DirectoryOrCreate: { words: 'a directory', is: (found) => found.isDirectory() },
  File: { words: 'a file', is: (found) => found.isFile() },
  FileOrCreate: { words: 'a file', is: (found) => found.isFile() },
  Socket: { words: 'a socket file', is: (found) => found.isSocket() },
  CharDevice: { words: 'a character device', is: (found) => found.isCharacterDevice() },
  BlockDevice: { words: 'a block device', is: (found) => found.isBlockDevice() },
}

/** Checks a hostPath by its type, making it where the type says so. As upstream's pkg/volume/hostpath. */
export async function hostPath({ path, type = '' }: DeepReadonly<HostPathVolumeSource>): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (found) {
    const check = checks[type]
    if (check && !check.is(found)) throw new VolumeError(`hostPath type check failed: ${path} is not ${check.words}`)
    return path
  }
  try {
    if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true, mode: 0o755 })
    // The directories above a file are not made, as upstream.
    else if (type === 'FileOrCreate') await writeFile(path, '', { flag: 'a', mode: 0o644 })
    else if (type === '') await mkdir(path, { recursive: true, mode: 0o750 })
    else throw new VolumeError(`hostPath type check failed: ${path} is not ${checks[type]?.words ?? 'there'}`)
  } catch (error) {
    if (error instanceof VolumeError) throw error
    throw new VolumeError(`hostPath ${path} cannot be made: ${error instanceof Error ? error.message : error}`)
  }
  return path
}
