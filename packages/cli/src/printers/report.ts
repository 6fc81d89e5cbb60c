import type { Context } from '../context.ts'
import type { Unstructured } from '../objects/json.ts'
import { type DryRun, operationOf } from '../access/dry-run.ts'
import { type MemberOrder, newPrinter, type OutputFlags } from './output.ts'
import type { ObjectPrinter } from './printer.ts'

/**
 * Prints what a command did to objects: `pod/web labeled`, or the object in the format that -o names. Printers are kept for
 * each operation, so that documents are separated.
 */
export class Reporter {
  readonly #context: Context
  readonly #flags: OutputFlags
  readonly #dryRun: DryRun
  readonly #order: MemberOrder
  readonly #printers = new Map<string, Promise<ObjectPrinter>>()

  constructor(context: Context, flags: OutputFlags, dryRun: DryRun, order: MemberOrder = 'sorted') {
    this.#context = context
    this.#flags = flags
    this.#dryRun = dryRun
    this.#order = order
  }

  /** Fails early for a format that there is not. */
  async check(): Promise<void> {
    await this.#printer('')
  }

  async print(object: Unstructured, operation: string): Promise<void> {
    const printer = await this.#printer(operation)
    printer.print(object)
  }

  #printer(operation: string): Promise<ObjectPrinter> {
    // Only the short message depends on the operation.
    const key = this.#flags.output === '' ? operation : ''
    const known = this.#printers.get(key)
    if (known) return known
    const made = newPrinter({
      flags: this.#flags,
      write: (text) => this.#context.print(text),
      operation: operationOf(operation, this.#dryRun),
      order: this.#order,
    })
    this.#printers.set(key, made)
    return made
  }
}
