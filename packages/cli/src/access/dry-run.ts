import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import type { Query } from './rest.ts'

export type DryRun = 'none' | 'client' | 'server'

/** What `--dry-run` asks for; alone it is the client's, with a warning. */
export function dryRunOf(context: Context, value: string): DryRun {
  switch (value) {
    case 'none':
    case 'client':
    case 'server':
      return value
    case 'unchanged':
      context.warn('W --dry-run is deprecated and can be replaced with --dry-run=client.\n')
      return 'client'
    case 'true':
      context.warn('W --dry-run=true is deprecated (boolean value) and can be replaced with --dry-run=client.\n')
      return 'client'
    case 'false':
      context.warn('W --dry-run=false is deprecated (boolean value) and can be replaced with --dry-run=none.\n')
      return 'none'
    default:
      throw new CommandError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`)
  }
}

/** How the short message about a written object ends: `created (dry run)`. */
export function operationOf(operation: string, dryRun: DryRun): string {
  if (dryRun === 'client') return `${operation} (dry run)`
  return dryRun === 'server' ? `${operation} (server dry run)` : operation
}

/** What `--validate` asks of the server. */
export function fieldValidation(value: string): 'Strict' | 'Warn' | 'Ignore' {
  switch (value) {
    case 'strict':
    case 'true':
      return 'Strict'
    case 'warn':
      return 'Warn'
    case 'ignore':
    case 'false':
      return 'Ignore'
    default:
      throw new CommandError(
        `invalid - validate option "${value}"; must be one of: strict (or true), warn, ignore (or false)`,
      )
  }
}

/** Query parameters of a write. */
export function writeQuery(options: { dryRun: DryRun; fieldManager?: string; validate?: string }): Query {
  return {
    ...(options.dryRun === 'server' && { dryRun: 'All' }),
    ...(options.fieldManager && { fieldManager: options.fieldManager }),
    ...(options.validate && { fieldValidation: fieldValidation(options.validate) }),
  }
}
