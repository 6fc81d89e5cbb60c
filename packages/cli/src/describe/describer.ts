import type { Event, KubeObject } from '@wherry/api'
import type { Connection } from '../access/connection.ts'
import type { Lines } from './lines.ts'

/** What a description may ask for beside the object itself. */
export interface DescribeContext {
  connection: Connection
  /** The events about the object; undefined where they are not wanted. */
  events: readonly Event[] | undefined
  /** Milliseconds since the epoch. */
  now: number
}

/** Writes all that is worth knowing about one object. */
export type Describer<T extends KubeObject> = (
  lines: Lines,
  object: T,
  context: DescribeContext,
) => void | Promise<void>
