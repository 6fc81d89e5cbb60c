import type { Client, Informers } from '@wherry/client'
import type { Clock, Logger } from '@wherry/component-base'

/** What every controller is made from. */
export interface ControllerDeps {
  client: Client
  informers: Informers
  clock: Clock
  logger: Logger
}
