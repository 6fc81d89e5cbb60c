import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerConfig, PodSandboxConfig } from '../cri.ts'

export interface SandboxRecord {
  id: string
  config: PodSandboxConfig
  ip: string
  createdAt: number
  ready: boolean
}

/** What must survive the agent about a container. */
export interface ContainerRecord {
  id: string
  podSandboxId: string
  podUid: string
  config: ContainerConfig
  argv: string[]
  imageRef: string
  createdAt: number
  startedAt: number
  finishedAt: number
  exitCode: number
  reason: string
  message: string
  /** The container's first process; 0 before it runs. */
  pid: number
  startTime: string
  shimPid: number
  shimStartTime: string
  mountNamespace: string
}

/** Records in a directory each, one JSON file that is replaced atomically; `parent` is made when it is missing. */
export class RecordStore<T extends SandboxRecord | ContainerRecord> {
  readonly #parent: string
  readonly #records = new Map<string, T>()

  constructor(parent: string) {
    this.#parent = parent
  }

  /** Reads every record; one that was never finished, or was lost with the machine's power, is removed. */
  load(): void {
    mkdirSync(this.#parent, { recursive: true, mode: 0o700 })
    for (const id of readdirSync(this.#parent)) {
      try {
        const record: T = JSON.parse(readFileSync(join(this.directory(id), 'state.json'), 'utf8'))
        this.#records.set(id, record)
      } catch (error) {
        const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
        if (!missing && !(error instanceof SyntaxError)) throw error
        rmSync(this.directory(id), { recursive: true, force: true })
      }
    }
  }

  directory(id: string): string {
    return join(this.#parent, id)
  }

  get(id: string): T | undefined {
    return this.#records.get(id)
  }

  list(): T[] {
    return [...this.#records.values()]
  }

  save(record: T): void {
    const directory = this.directory(record.id)
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const temporary = join(directory, 'state.json.tmp')
    writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
    renameSync(temporary, join(directory, 'state.json'))
    this.#records.set(record.id, record)
  }

  remove(id: string): void {
    this.#records.delete(id)
    rmSync(this.directory(id), { recursive: true, force: true })
  }
}
