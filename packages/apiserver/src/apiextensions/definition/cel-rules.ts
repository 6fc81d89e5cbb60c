import type { FieldError } from '@wherry/apimachinery'
import type { Schema } from '../schema/schema.ts'

/** Where a schema's rules stand: how often they may run, and what they cost together. */
export interface CelContext {
  property(schema: Schema, name: string): CelContext
  additional(schema: Schema): CelContext
  items(schema: Schema): CelContext
}

/** The context of a whole schema. */
export function rootContext(_schema: Schema): CelContext | undefined {
  return undefined
}

/** Errors of the expressions of one schema. */
export function celErrors(
  _schema: Schema,
  _path: string,
  _context: CelContext,
  _options: { readonly ignoreCost: boolean; readonly uncorrelatable: string | undefined },
): FieldError[] {
  return []
}

/** What all rules of a schema cost together, where that is too much. */
export function totalCostErrors(_context: CelContext, _path: string): FieldError[] {
  return []
}
