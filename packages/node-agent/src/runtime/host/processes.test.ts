import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { isAlive, mountNamespaceOf, processesOf, processInfo, signalProcess, startTimeOf } from './processes.ts'

describe('the processes of a container', () => {
  it.each([
    { name: 'no first process', pid: 0, mountNamespace: '' },
    { name: 'the first process of the machine', pid: 1, mountNamespace: '' },
    { name: "the agent's own mount namespace", pid: 0, mountNamespace: mountNamespaceOf(process.pid) ?? '' },
  ])('are none for $name', ({ pid, mountNamespace }) => {
    expect(processesOf({ pid, mountNamespace }, 0)).toEqual([])
  })

  it('are those of its session', async () => {
    const child = spawn('/bin/sh', ['-c', 'sleep 1000 & echo; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    await once(child.stdout, 'data')
    const pid = child.pid ?? 0
    const found = processesOf({ pid, mountNamespace: '' }, 0)
    expect(found.map((info) => info.session)).toEqual([pid, pid])
    for (const info of found) signalProcess(info.pid, 'SIGKILL')
    await once(child, 'exit')
    expect(processInfo(pid)).toBeUndefined()
  })
})

describe('a signal', () => {
  it.each([0, 1, -1, Number.NaN])('is never sent to %d', (pid) => {
    expect(signalProcess(pid, 'SIGKILL')).toBe(false)
  })
})

describe('a process', () => {
  it('is alive under its own start time only', () => {
    const startTime = startTimeOf(process.pid) ?? ''
    expect(isAlive(process.pid, startTime)).toBe(true)
    expect(isAlive(process.pid, '1')).toBe(false)
    expect(isAlive(0, startTime)).toBe(false)
  })
})
