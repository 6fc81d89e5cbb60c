import { createServer } from 'node:net'
import { FakeClock, realClock } from '@wherry/component-base'
import { describe, expect, it } from 'vitest'
import { aContainerSpec } from '../../testing/builders.ts'
import { eventually } from '../../testing/eventually.ts'
import type { ContainerRuntime } from '../runtime/cri.ts'
import { probeHTTP } from './http.ts'
import { PodProbes } from './pod-probes.ts'
import { resolvePort } from './probe.ts'
import { ProbeState } from './probe-state.ts'
import { probeTCP } from './tcp.ts'

describe('the state of a probe', () => {
  it('changes when as many outcomes agree as its thresholds say', () => {
    const state = new ProbeState({ success: 2, failure: 3 })
    const outcomes = [true, true, false, false, true, false, false, false, false, true, true]
    const seen = outcomes.map((ok) => `${state.add(ok) ? 'changed to ' : ''}${state.result}`)
    expect(seen).toEqual([
      'undefined',
      'changed to true',
      'true',
      'true',
      'true',
      'true',
      'true',
      'changed to false',
      'false',
      'false',
      'changed to true',
    ])
  })
})

/** Only what exec probes ask for: outcomes in turn, the last one for ever. */
function aRuntime(exitCodes: number[]): Pick<ContainerRuntime, 'execSync'> & { runs: number } {
  const runtime = {
    runs: 0,
    async execSync() {
      const exitCode = exitCodes[Math.min(runtime.runs, exitCodes.length - 1)] ?? 0
      runtime.runs++
      return { stdout: Buffer.from(''), stderr: Buffer.from('no'), exitCode }
    },
  }
  return runtime
}

function probesOf(runtime: Pick<ContainerRuntime, 'execSync'>) {
  const clock = new FakeClock(0)
  const log: string[] = []
  const probes = new PodProbes({
    clock,
    runtime,
    failed: (container, type, { output }) => log.push(`${container.name} ${type} failed: ${output}`),
    changed: () => log.push('changed'),
  })
  return { clock, log, probes }
}

const exec = { exec: { command: ['check'] }, periodSeconds: 10 }

describe('the probes of a pod', () => {
  it('begin after their delay and go on in their period', async () => {
    const runtime = aRuntime([0])
    const { clock, probes } = probesOf(runtime)
    probes.follow(aContainerSpec('a', { readinessProbe: { ...exec, initialDelaySeconds: 5 } }), 'id', '')
    await clock.advance(4999)
    expect(runtime.runs).toBe(0)
    await clock.advance(1)
    expect(runtime.runs).toBe(1)
    expect(probes.result('a', 'readiness')).toBe(true)
    await clock.advance(30_000)
    expect(runtime.runs).toBe(4)
    probes.stop()
    expect(clock.pending).toBe(0)
  })

  it('let readiness and liveness wait for the startup probe', async () => {
    const runtime = aRuntime([1, 1, 0])
    const { clock, log, probes } = probesOf(runtime)
    probes.follow(aContainerSpec('a', { startupProbe: exec, readinessProbe: exec }), 'id', '')
    await clock.advance(0)
    await clock.advance(10_000)
    expect(probes.result('a', 'readiness')).toBeUndefined()
    await clock.advance(10_000)
    expect(probes.result('a', 'startup')).toBe(true)
    await eventually(() => probes.result('a', 'readiness'))
    expect(log.filter((line) => line === 'a startup failed: no')).toHaveLength(2)
    probes.stop()
  })

  it('find a container unhealthy once, until it is another one', async () => {
    const runtime = aRuntime([1])
    const { clock, probes } = probesOf(runtime)
    const container = aContainerSpec('a', { livenessProbe: { ...exec, failureThreshold: 2 } })
    probes.follow(container, 'id', '')
    await clock.advance(0)
    expect(probes.unhealthy('a', 'id')).toBeUndefined()
    await clock.advance(10_000)
    expect(probes.unhealthy('a', 'id')).toBe('liveness')
    await clock.advance(60_000)
    expect(runtime.runs).toBe(2)
    probes.follow(container, 'other', '')
    expect(probes.unhealthy('a', 'other')).toBeUndefined()
    probes.stop()
  })

  it('take over what an earlier agent knew', async () => {
    const { clock, probes } = probesOf(aRuntime([1]))
    const container = aContainerSpec('a', { startupProbe: exec, readinessProbe: { ...exec, initialDelaySeconds: 9 } })
    probes.follow(container, 'id', '', { startup: true, readiness: true })
    expect(probes.result('a', 'startup')).toBe(true)
    expect(probes.result('a', 'readiness')).toBe(true)
    await clock.advance(9000)
    expect(probes.result('a', 'readiness')).toBe(true)
    probes.stop()
  })
})

describe('a probe of a port', () => {
  it('says in upstream’s words that nobody listens', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    expect(await probeTCP('127.0.0.1', port, realClock, 1000)).toEqual({ ok: true, output: '' })
    await new Promise((resolve) => server.close(resolve))
    expect(await probeTCP('127.0.0.1', port, realClock, 1000)).toEqual({
      ok: false,
      output: `dial tcp 127.0.0.1:${port}: connect: connection refused`,
    })
    expect(await probeHTTP({ host: '127.0.0.1', port, path: '/x' }, realClock, 1000)).toEqual({
      ok: false,
      output: `Get "http://127.0.0.1:${port}/x": dial tcp 127.0.0.1:${port}: connect: connection refused`,
    })
  })

  it('gives up when its time is over', async () => {
    const server = createServer(() => undefined)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const { output } = await probeHTTP({ host: '127.0.0.1', port }, realClock, 50)
    expect(output).toContain('context deadline exceeded (Client.Timeout exceeded while awaiting headers)')
    server.close()
  })

  it('finds a port by its name', () => {
    const container = aContainerSpec('a', { ports: [{ name: 'web', containerPort: 8080 }] })
    expect(resolvePort('web', container)).toBe(8080)
    expect(resolvePort(81, container)).toBe(81)
  })
})
