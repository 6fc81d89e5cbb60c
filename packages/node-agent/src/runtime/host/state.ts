import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ContainerConfig, PodSandboxConfig } from '../cri.ts'

export interface SandboxRecord {
  id: string
  config: PodSandboxConfig
  ip: string
  createdAt: number
  ready: boolean
}

/** What must survive the agent about a container; one JSON file each, replaced atomically. */
export interface ContainerRecord {
  id: string
  podSandboxId: string
  config: ContainerConfig
  argv: string[]
  imageRef: string
  createdAt: number
  startedAt: number
  finishedAt: number
  exitCode: number
  reason: string
  message: string
  pid: number
  startTime: string
  shimPid: number
  shimStartTime: string
}

export function saveRecord(dir: string, record: SandboxRecord | ContainerRecord): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const temporary = join(dir, 'state.json.tmp')
  writeFileSync(temporary, JSON.stringify(record), { mode: 0o600 })
  renameSync(temporary, join(dir, 'state.json'))
}

/** Every readable record below a directory; a half-made one, whose file was never moved into place, is skipped. */
export function loadRecords<T extends SandboxRecord | ContainerRecord>(dir: string): T[] {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const records: T[] = []
  for (const name of readdirSync(dir)) {
    try {
      const record: T = JSON.parse(readFileSync(join(dir, name, 'state.json'), 'utf8'))
      records.push(record)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  return records
}
