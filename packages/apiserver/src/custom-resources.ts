import { CustomResourceDefinition } from '@wherry/api'
import type { Clock, Logger } from '@wherry/component-base'
import type { Core } from './registry/core.ts'

/** What follows CustomResourceDefinitions. */
export interface CustomResourcesRunner {
  /** Resolves when what is defined already is served. */
  load(): Promise<void>
  /** Follows definitions until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>
}

/** Custom resources, from the first definition on: a cluster without any does not load what they need. */
export function newCustomResources(deps: {
  readonly core: Core
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
}): CustomResourcesRunner {
  const { cache } = deps.core.registry.of(CustomResourceDefinition)
  const begin = async () => {
    const { CustomResources } = await import('./apiextensions/custom-resources.ts')
    const { newWebhookClient } = await import('./webhook/webhook-client.ts')
    const { core, clock, random, logger } = deps
    const webhooks = newWebhookClient({ behaviours: core.behaviours, clock, random })
    const resources = new CustomResources({ core, clock, logger, webhooks: () => webhooks })
    return { resources, stop: resources.start() }
  }
  let begun: ReturnType<typeof begin> | undefined
  return {
    async load() {
      if (cache.size === 0) return
      begun = begin()
      await begun
    },
    async run(signal) {
      if (!begun) await firstDefinition(signal)
      if (signal.aborted) return
      begun ??= begin()
      const { resources, stop } = await begun
      await resources.run(signal)
      stop()
    },
  }

  function firstDefinition(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        off()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const off = cache.onChange(done)
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted) done()
    })
  }
}
