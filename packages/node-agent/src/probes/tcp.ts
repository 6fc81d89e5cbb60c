import { connect } from 'node:net'
import type { Clock } from '@wherry/component-base'
import { dialFailure } from '../runtime/dial-failure.ts'
import type { ProbeOutcome } from './probe.ts'

/** Whether the port can be connected to. */
export function probeTCP(host: string, port: number, clock: Clock, timeoutMs: number): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const socket = connect({ host, port })
    const finish = (outcome: ProbeOutcome) => {
      cancel()
      socket.destroy()
      resolve(outcome)
    }
    const cancel = clock.setTimer(timeoutMs, () =>
      finish({ ok: false, output: `dial tcp ${host}:${port}: i/o timeout` }),
    )
    socket.once('connect', () => finish({ ok: true, output: '' }))
    socket.once('error', (error) => finish({ ok: false, output: dialFailure(error, host, port) }))
  })
}
