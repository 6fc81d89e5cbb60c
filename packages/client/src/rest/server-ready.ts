import { type Clock, sleep } from '@wherry/component-base'
import type { Client } from './client.ts'

const askMs = 20
const patienceMs = 5_000

/**
 * Resolves when the server says that it is ready, or after five seconds in which it did not. For a component that is
 * started beside its server: one small question, asked often, instead of many large ones that back off from each other
 * while the server comes up. Rejects with the signal's reason.
 */
export async function serverReady(client: Client, clock: Clock, signal: AbortSignal): Promise<void> {
  const end = clock.now() + patienceMs
  while (clock.now() < end) {
    const ready = await client.request({ method: 'GET', path: '/readyz', signal }).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (ready) return
    await sleep(clock, askMs, signal)
  }
}
