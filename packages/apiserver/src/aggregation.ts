import { APIService } from '@wherry/api'
import type { Clock, Logger } from '@wherry/component-base'
import type { ProxyClient } from './aggregation/extension-server.ts'
import type { RemoteServices } from './aggregation/remote-services.ts'
import type { Core } from './registry/core.ts'

/** What follows APIServices. */
export interface Aggregation {
  /** The servers behind Services; undefined while no APIService names one. */
  readonly remote: RemoteServices | undefined
  /** Resolves when the servers that APIServices name already are known. */
  load(): Promise<void>
  /** Resolves when the server's own group versions have their APIServices, or could not get them. */
  registered(): Promise<void>
  /** Follows APIServices until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
}

/** APIServices: those of the server's own groups, and other servers' from the first one that names a Service on. */
export function newAggregation(deps: {
  readonly core: Core
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly proxyClient: ProxyClient | undefined
}): Aggregation {
  const { core, logger } = deps
  const { behaviours } = core
  const { cache } = core.registry.of(APIService)
  const state: { remote: RemoteServices | undefined } = { remote: undefined }
  const begin = async () => {
    const { RemoteServices } = await import('./aggregation/remote-services.ts')
    const remote = new RemoteServices({ ...deps, behaviours })
    const stop = remote.start()
    state.remote = remote
    return { remote, stop }
  }
  const isNamed = () =>
    behaviours
      .store(APIService)
      .list()
      .some(({ spec }) => spec?.service !== undefined)
  let begun: ReturnType<typeof begin> | undefined
  let settle = () => {}
  const registered = new Promise<void>((resolve) => {
    settle = resolve
  })

  return {
    get remote() {
      return state.remote
    },
    async load() {
      if (!isNamed()) return
      begun = begin()
      await begun
    },
    registered: () => registered,
    async run(signal) {
      await Promise.all([runLocal(signal), runRemote(signal)])
    },
  }

  async function runLocal(signal: AbortSignal): Promise<void> {
    const { LocalServices } = await import('./aggregation/local-services.ts')
    const local = new LocalServices(deps)
    await local.register().catch((error: unknown) => {
      if (!signal.aborted) logger.error('APIServices not registered', { error })
    })
    settle()
    await local.run(signal)
  }

  async function runRemote(signal: AbortSignal): Promise<void> {
    if (!begun) await firstNamed(signal)
    if (signal.aborted) return
    begun ??= begin()
    const { remote, stop } = await begun
    await remote.run(signal)
    stop()
  }

  function firstNamed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        off()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const off = cache.onChange(({ object }) => {
        const service = behaviours.store(APIService).get({ name: object.name })
        if (service?.spec?.service) done()
      })
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted || isNamed()) done()
    })
  }
}
