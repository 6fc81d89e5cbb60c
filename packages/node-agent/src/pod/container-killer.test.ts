import { FakeClock } from '@wherry/component-base'
import { describe, expect, it } from 'vitest'
import { aContainerSpec } from '../../testing/builders.ts'
import { ContainerKiller } from './container-killer.ts'

/** A runtime whose containers never end by themselves. */
function aKiller() {
  const clock = new FakeClock(0)
  const log: string[] = []
  const runtime = {
    async execSync(_id: string, command: string[]): Promise<{ stdout: Buffer; stderr: Buffer; exitCode: number }> {
      log.push(`${clock.now()} ${command.join(' ')}`)
      return command[0] === 'hang'
        ? new Promise(() => {})
        : { stdout: Buffer.from(''), stderr: Buffer.from(''), exitCode: 0 }
    },
    async stopContainer(id: string, seconds: number, signal?: string) {
      log.push(`${clock.now()} stop ${id} within ${seconds}${signal ? ` by ${signal}` : ''}`)
      return new Promise<void>(() => {})
    },
  }
  const event = (_type: string, reason: string, message: string) =>
    void log.push(`${clock.now()} ${reason}: ${message}`)
  return { clock, log, killer: new ContainerKiller({ clock, runtime, event }) }
}

const preStop = (command: string) => aContainerSpec('c', { lifecycle: { preStop: { exec: { command: [command] } } } })
const kill = { container: aContainerSpec('c'), id: 'id', graceSeconds: 30, podIP: '' }

describe('ending a container', () => {
  it('gives it the grace period', async () => {
    const { clock, log, killer } = aKiller()
    killer.kill(kill)
    await clock.advance(0)
    expect(log).toEqual(['0 Killing: Stopping container c', '0 stop id within 30 by SIGTERM'])
    expect(killer.isEnding('id')).toBe(true)
  })

  it('runs the hook first, and counts its time', async () => {
    const { clock, log, killer } = aKiller()
    killer.kill({ ...kill, container: preStop('hook') })
    await clock.advance(0)
    expect(log.slice(1)).toEqual(['0 hook', '0 stop id within 30 by SIGTERM'])
  })

  it('leaves it two seconds after a hook that took all of the time', async () => {
    const { clock, log, killer } = aKiller()
    killer.kill({ ...kill, container: preStop('hang') })
    await clock.advance(29_999)
    expect(log).toHaveLength(2)
    await clock.advance(1)
    expect(log.slice(2)).toEqual(['30000 FailedPreStopHook: PreStopHook failed', '30000 stop id within 2 by SIGTERM'])
  })

  it('can be made quicker, not slower', async () => {
    const { clock, log, killer } = aKiller()
    killer.kill(kill)
    await clock.advance(1000)
    killer.kill({ ...kill, graceSeconds: 60 })
    killer.kill({ ...kill, graceSeconds: 5 })
    await clock.advance(0)
    expect(log.slice(2)).toEqual(['1000 stop id within 5'])
  })

  it('sends the signal that the container wants', async () => {
    const { clock, log, killer } = aKiller()
    killer.kill({ ...kill, container: aContainerSpec('c', { lifecycle: { stopSignal: 'SIGINT' } }) })
    await clock.advance(0)
    expect(log[1]).toBe('0 stop id within 30 by SIGINT')
  })
})
