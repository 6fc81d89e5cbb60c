import type { Backend } from './endpoint-choice.ts'

/** An open listener of one Service port. */
export interface PortProxy {
  /** New connections go to these from now on. */
  update(backends: readonly Backend[], affinityMs: number): void
  /** Stops taking connections; those that are open go on until they end. */
  close(): Promise<void>
  /** Ends open connections too. */
  destroy(): Promise<void>
}
