import { setMaxListeners } from 'node:events'
import type { Kind } from '@wherry/api'
import { type Client, newInformers, runControllers } from '@wherry/client'
import type { Clock, Component, Logger } from '@wherry/component-base'
import { newGarbageCollector } from './garbagecollector/garbage-collector.ts'
import { type ControllerManagerOptions, isEnabled } from './options.ts'
import { garbageCollectorAccount, garbageCollectorName, registrations } from './registrations.ts'

export interface ControllerManagerDeps {
  client: Client
  /** The client of a controller that acts as a service account of its own; `client` for all unless told. */
  clientFor?: (account: string) => Client
  clock: Clock
  logger: Logger
  options: ControllerManagerOptions
}

/** The controllers that move actual state towards desired state, over one set of informers. */
export function newControllerManager(managerDeps: ControllerManagerDeps): Component {
  const { client, clientFor = () => client, clock, logger, options } = managerDeps
  return {
    async run(signal) {
      // Every queue and every watch listens for the end; that many are no leak.
      setMaxListeners(0, signal)
      const informers = newInformers({ client, clock, logger })
      const deps = { client, informers, clock, logger }
      const enabled = registrations.filter(({ name }) => isEnabled(name, options.controllers))
      const controllers = enabled.flatMap(({ make, name, account = name, root = false }) =>
        make({ ...deps, client: root ? client : clientFor(account) }, options),
      )
      const shared = controllers.flatMap(({ primary, owns = [], watches = [] }): Kind[] => [
        primary,
        ...owns,
        ...watches.filter(({ selection }) => selection === undefined).map(({ kind }) => kind),
      ])
      const running = [runControllers(controllers, deps, signal)]
      if (isEnabled(garbageCollectorName, options.controllers)) {
        const collector = newGarbageCollector({
          client: clientFor(garbageCollectorAccount),
          clock,
          logger,
          informers,
          shared,
          ...options.garbageCollector,
        })
        running.push(collector.run(signal))
      }
      await Promise.all(running)
    },
  }
}
