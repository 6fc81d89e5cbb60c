import type { DryRun } from '../../access/dry-run.ts'
import type { Context } from '../../context.ts'
import type { Unstructured } from '../../objects/json.ts'
import type { OutputFlags } from '../../printers/output.ts'
import { Reporter } from '../../printers/report.ts'

/** Tells what apply did: at once in the short form, and in the other formats all objects together at the end. */
export class ApplyReporter {
  readonly #reporter: Reporter
  readonly #atOnce: boolean
  readonly #objects: Unstructured[] = []

  constructor(context: Context, flags: OutputFlags, dryRun: DryRun) {
    this.#reporter = new Reporter(context, flags, dryRun)
    this.#atOnce = flags.output === '' || flags.output === 'name'
  }

  async print(object: Unstructured, operation: string): Promise<void> {
    if (this.#atOnce) await this.#reporter.print(object, operation)
    else this.#objects.push(object)
  }

  async finish(): Promise<void> {
    const [first] = this.#objects
    if (!first) return
    const list = { apiVersion: 'v1', items: this.#objects, kind: 'List', metadata: { resourceVersion: '' } }
    await this.#reporter.print(this.#objects.length === 1 ? first : list, '')
  }
}
