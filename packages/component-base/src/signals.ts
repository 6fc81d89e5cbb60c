import { setMaxListeners } from 'node:events'

/**
 * Says that a signal is meant for many: a component's one signal ends all its loops and requests. Without this Node
 * warns of a leak from the eleventh listener on.
 */
export function forMany(signal: AbortSignal): AbortSignal {
  setMaxListeners(0, signal)
  return signal
}

/** A signal of its own that is also aborted with its parent. */
export interface ChildSignal {
  readonly signal: AbortSignal
  abort(reason?: unknown): void
  /** Lets go of the parent; must follow, or the parent keeps it for as long as it lives. */
  release(): void
}

/**
 * Makes a signal that is aborted by itself or with its parent. In place of `AbortSignal.any`, which leaves something
 * behind in the parent each time, and a component's signal lives for weeks.
 */
export function childOf(parent: AbortSignal | undefined): ChildSignal {
  const controller = new AbortController()
  const follow = () => controller.abort(parent?.reason)
  if (parent?.aborted) follow()
  else parent?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent?.removeEventListener('abort', follow),
  }
}
