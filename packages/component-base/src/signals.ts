import { setMaxListeners } from 'node:events'

/**
 * Says that a signal is meant for many: a component's one signal ends all its loops and requests. Without this Node
 * warns of a leak from the eleventh listener on.
 */
export function forMany(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}
