import type { Manifest } from './objects.ts'
import { coreRows, podRows } from './core-rows.ts'
import { otherRows } from './other-rows.ts'
import { workloadRows } from './workload-rows.ts'

/** One object that upstream accepts, or refuses in these words. */
export interface Row {
  name: string
  object: Manifest
  /** A merge patch of the object, once it is there; absent: the row is about its creation. */
  change?: object
  /** What follows `… is invalid: `; absent: the object is accepted. */
  want?: string | RegExp
}

export const validationRows: readonly Row[] = [...podRows, ...coreRows, ...workloadRows, ...otherRows]
