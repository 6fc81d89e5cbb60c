import { isNotFound } from '@wherry/apimachinery'
import { collectionPath, objectPath } from '@wherry/client'
import { listFailure } from '../../access/rest.ts'
import type { Connection } from '../../access/connection.ts'
import type { Resource } from '../../access/discovery.ts'
import type { Target } from '../../access/targets.ts'
import type { Context } from '../../context.ts'
import { throwAll } from '../../errors.ts'
import type { FlagValues } from '../../flags/flags.ts'
import { sortByPath, sortPath } from '../../printers/sort.ts'
import { type Column, type Table, tableAccept, tableLines, type TableOptions, tableOf } from '../../printers/table.ts'
import { TabWriter } from '../../printers/tab-writer.ts'
import type { getFlags } from './get.ts'

export type GetFlags = FlagValues<typeof getFlags>

/** Fetches what is meant as tables and prints them, one below the other. */
export async function getTables(
  context: Context,
  connection: Connection,
  targets: readonly Target[],
  flags: GetFlags,
): Promise<void> {
  const sorter = flags['sort-by'] === '' ? undefined : sortPath(flags['sort-by'])
  const results = await Promise.all(targets.map((target) => fetchTables(connection, target, flags)))
  const errors: unknown[] = []
  const tables: { kind: Resource; table: Table }[] = []
  results.forEach((result, at) => {
    const kind = targets[at]?.kind
    if (!Array.isArray(result)) errors.push(result.error)
    else if (kind) for (const table of result) tables.push({ kind, table })
  })
  const severalKinds = new Set(tables.map(({ kind }) => kind)).size > 1
  const printer = new TablePrinter(context)
  for (const { kind, table } of tables) {
    if (sorter) table.rows = sortByPath(table.rows, sorter, flags['sort-by'], ({ object }) => object)
    printer.print(kind, table, tableOptions(kind, flags, severalKinds))
  }
  printer.flush()
  if (!printer.written && !flags['ignore-not-found'] && errors.length === 0) {
    const allNamespaced = !flags['all-namespaces'] && tables.every(({ kind }) => kind.namespaced)
    context.warn(allNamespaced ? `No resources found in ${connection.namespace} namespace.\n` : 'No resources found\n')
  }
  throwAll(errors)
}

/** How a kind's table is shown under the flags. */
export function tableOptions(kind: Resource, flags: GetFlags, severalKinds: boolean): TableOptions {
  const group = kind.group === '' ? '' : `.${kind.group}`
  return {
    wide: flags.output === 'wide',
    noHeaders: flags['no-headers'],
    withNamespace: flags['all-namespaces'] && kind.namespaced,
    namePrefix: severalKinds || flags['show-kind'] ? `${kind.kind.toLowerCase()}${group}/` : '',
    showLabels: flags['show-labels'],
    labelColumns: flags['label-columns'],
  }
}

async function fetchTables(
  connection: Connection,
  target: Target,
  flags: GetFlags,
): Promise<Table[] | { error: unknown }> {
  const accept = flags['server-print'] ? tableAccept : 'application/json'
  const include = flags['sort-by'] === '' ? {} : { includeObject: 'Object' }
  try {
    if (target.form === 'object') {
      const path = objectPath(target.kind, target, flags.subresource || undefined)
      return [tableOf(await connection.rest.json('GET', path, { accept, query: include }, target))]
    }
    const tables: Table[] = []
    let next = ''
    do {
      const query = {
        ...target.query,
        ...include,
        ...(flags['chunk-size'] > 0 && { limit: flags['chunk-size'] }),
        ...(next !== '' && { continue: next }),
      }
      const path = collectionPath(target.kind, target.namespace)
      const answer = await connection.rest
        .json('GET', path, { accept, query }, target)
        .catch(listFailure(target.kind, target.query))
      const table = tableOf(answer)
      tables.push(table)
      next = table.continue
    } while (next !== '')
    return tables
  } catch (error) {
    if (flags['ignore-not-found'] && isNotFound(error) && target.form === 'object') return []
    return { error }
  }
}

/** Prints tables one after the other: a blank line between kinds, a header where the columns change. */
export class TablePrinter {
  readonly #context: Context
  #writer: TabWriter
  #kind: Resource | undefined
  #columns: readonly Column[] | undefined
  #separate = false
  written = false

  constructor(context: Context) {
    this.#context = context
    this.#writer = this.#newWriter()
  }

  print(kind: Resource, table: Table, options: TableOptions): void {
    if (this.#kind !== kind) {
      this.flush()
      this.#writer = this.#newWriter()
      this.#separate = this.#kind !== undefined && !options.noHeaders && this.written
      this.#columns = undefined
      this.#kind = kind
    }
    const columns = table.columns.length > 0 ? table.columns : (this.#columns ?? [])
    const header = JSON.stringify(columns) !== JSON.stringify(this.#columns)
    const lines = tableLines(table, columns, options, header)
    if (lines.length > 0 || this.#columns === undefined) this.#columns = table.rows.length > 0 ? columns : this.#columns
    for (const line of lines) this.#writer.row(line)
  }

  flush(): void {
    this.#writer.flush()
  }

  #newWriter(): TabWriter {
    return new TabWriter((text) => {
      if (this.#separate) this.#context.print('\n')
      this.#separate = false
      this.written = true
      this.#context.print(text)
    })
  }
}
