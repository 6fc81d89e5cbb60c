import type { Exchange } from './exchange.ts'
import type { RequestInfo } from './request-info.ts'

/** Other servers that answer a part of the paths. */
export interface Delegation {
  /** Who answers in this server's place; undefined for the paths that are its own. */
  handlerOf(info: RequestInfo): ((exchange: Exchange) => Promise<void>) | undefined
}
