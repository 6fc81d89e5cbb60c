import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Clock } from '@wherry/component-base'
import { isObject } from '../objects/json.ts'
import type { Group } from './discovery.ts'

/** Keeps what a server serves from one command to the next. What cannot be kept is asked for again. */
export interface DiscoveryCache {
  /** Undefined where nothing is kept, or it is too old. */
  read(): Promise<Group[] | undefined>
  write(groups: readonly Group[]): Promise<void>
}

/** As kubectl's. */
const keptMs = 6 * 3_600_000
/** Moves when the form of the file does. */
const form = 1

export interface DiscoveryCacheDeps {
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
  /** --cache-dir, or empty for the usual place. */
  directory: string
  server: string
}

/** The cache of one server, in a file of kubectl's cache directory. */
export function discoveryCache({ env, clock, directory, server }: DiscoveryCacheDeps): DiscoveryCache {
  const root = directory || env.KUBECACHEDIR || join(env.HOME || homedir(), '.kube', 'cache')
  const host = server.replace(/^https?:\/\//, '').replaceAll(/[^A-Za-z0-9.-]+/g, '_')
  const path = join(root, 'wherry', `${host}.json`)
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => undefined)
      const kept = text === undefined ? undefined : parse(text)
      if (!isKept(kept)) return undefined
      const age = clock.now() - kept.time
      return age >= 0 && age < keptMs ? kept.groups : undefined
    },
    async write(groups) {
      const temporary = `${path}.${process.pid}.tmp`
      try {
        await mkdir(dirname(path), { recursive: true, mode: 0o750 })
        await writeFile(temporary, JSON.stringify({ form, time: clock.now(), groups }), { mode: 0o660 })
        await rename(temporary, path)
      } catch {
        // A home that cannot be written to costs a request in every command, nothing more.
      }
    },
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whatever is there, it is not ours.
    return undefined
  }
}

/** The file is our own: its form says what is in it. */
function isKept(value: unknown): value is { time: number; groups: Group[] } {
  return isObject(value) && value.form === form && typeof value.time === 'number' && Array.isArray(value.groups)
}
