import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { realClock } from '@wherry/component-base'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type ClusterPaths, clusterPaths, makeDirectories } from './home.ts'
import { processStates, startProcesses, stopProcesses } from './supervisor.ts'

let home: string
let paths: ClusterPaths
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'wherry-supervisor-'))
  paths = clusterPaths(home, 'a')
  await makeDirectories(paths)
})
afterEach(async () => {
  await stopProcesses(paths, ['web', 'short'], realClock)
  await rm(home, { recursive: true })
})

// The process names the cluster's directory, as every component's command line does.
const forever = () => ({
  name: 'web',
  command: [process.execPath, '-e', 'setInterval(() => {}, 1e6)', paths.root],
})
// A process that nobody has waited for yet is dead all the same.
const isAlive = (pid: number) =>
  /^[^Z]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim())
const state = (name: string) => processStates(paths, [name])[0]

describe('supervised processes', () => {
  it('outlive their starter, and are not started twice', async () => {
    expect(await startProcesses(paths, [forever()], realClock)).toEqual(['web'])
    const first = await vi.waitUntil(() => state('web')?.pid, { timeout: 10_000 })
    expect(await startProcesses(paths, [forever()], realClock)).toEqual([])
    expect(state('web')).toEqual({ name: 'web', pid: first, restarts: 0, supervised: true })
  })

  it('come back when they are killed', async () => {
    await startProcesses(paths, [forever()], realClock)
    const first = await vi.waitUntil(() => state('web')?.pid, { timeout: 10_000 })
    process.kill(first, 'SIGKILL')
    await vi.waitUntil(() => state('web')?.pid !== undefined && state('web')?.pid !== first, { timeout: 10_000 })
    expect(state('web')?.restarts).toBe(1)
  })

  it('are found without their supervisor, and ended before they are started again', async () => {
    await startProcesses(paths, [forever()], realClock)
    const first = await vi.waitUntil(() => state('web')?.pid, { timeout: 10_000 })
    process.kill(Number(await readFile(join(paths.run, 'web.supervisor'), 'utf8')), 'SIGKILL')
    await vi.waitUntil(() => state('web')?.supervised === false, { timeout: 10_000 })
    expect(state('web')?.pid).toBe(first)
    expect(await startProcesses(paths, [forever()], realClock)).toEqual(['web'])
    expect(isAlive(first)).toBe(false)
    await vi.waitUntil(() => state('web')?.pid, { timeout: 10_000 })
    expect(state('web')?.supervised).toBe(true)
  })

  it('are stopped also without their supervisor', async () => {
    await startProcesses(paths, [forever()], realClock)
    const first = await vi.waitUntil(() => state('web')?.pid, { timeout: 10_000 })
    process.kill(Number(await readFile(join(paths.run, 'web.supervisor'), 'utf8')), 'SIGKILL')
    await vi.waitUntil(() => state('web')?.supervised === false, { timeout: 10_000 })
    await stopProcesses(paths, ['web'], realClock)
    expect(isAlive(first)).toBe(false)
    expect(processStates(paths, ['web'])).toEqual([])
  })

  it('end with their supervisor when they are stopped, also while they wait to be started again', async () => {
    await startProcesses(
      paths,
      [forever(), { name: 'short', command: ['/bin/sh', '-c', 'echo gone', paths.root] }],
      realClock,
    )
    await vi.waitUntil(() => state('web')?.pid, { timeout: 10_000 })
    await vi.waitUntil(() => (state('short')?.restarts ?? 0) >= 2, { timeout: 10_000 })
    await stopProcesses(paths, ['web', 'short'], realClock)
    expect(processStates(paths, ['web', 'short'])).toEqual([])
    expect(await readFile(join(paths.logs, 'short.log'), 'utf8')).toMatch(
      /^gone\nsupervisor: short ended with code 0; it is started again in 0 s\ngone\n/,
    )
  })
})
