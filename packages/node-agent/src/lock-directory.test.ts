import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockDirectory } from './lock-directory.ts'
import { startTimeOf } from './runtime/host/processes.ts'

let dir: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'wherry-lock-'))
})

afterEach(() => rmSync(dir, { recursive: true }))

describe('the directory of an agent', () => {
  it('is refused to a second agent until the first has ended', async () => {
    const other = spawn('sleep', ['1000'])
    await once(other, 'spawn')
    const pid = other.pid ?? 0
    writeFileSync(join(dir, 'agent.lock'), `${pid} ${startTimeOf(pid)}`)
    expect(() => lockDirectory(dir)).toThrow(`another node agent (process ${pid}) uses ${dir}: end it first`)
    other.kill('SIGKILL')
    await once(other, 'exit')
    lockDirectory(dir)()
  })

  it('is free when the process of that number is another one', () => {
    writeFileSync(join(dir, 'agent.lock'), `${process.ppid} 1`)
    lockDirectory(dir)()
    lockDirectory(dir)()
  })
})
