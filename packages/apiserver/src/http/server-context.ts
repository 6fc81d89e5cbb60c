import type { Clock, Logger } from '@wherry/component-base'
import type { Authorizer } from '../authz/authorizer.ts'
import type { Core } from '../registry/core.ts'
import type { HandlerTable } from '../registry/handlers.ts'

/** What the handlers of requests share. */
export interface ServerContext extends Core {
  readonly clock: Clock
  readonly random: () => number
  readonly logger: Logger
  readonly authorizer: Authorizer
  readonly handlers: HandlerTable
}
