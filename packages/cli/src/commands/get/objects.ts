import { isNotFound } from '@wherry/apimachinery'
import type { Connection } from '../../access/connection.ts'
import { foundIn, type Target } from '../../access/targets.ts'
import type { Context } from '../../context.ts'
import { throwAll } from '../../errors.ts'
import { isObject, list, record, type Unstructured, unstructured } from '../../objects/json.ts'
import { CustomColumnsPrinter, parseColumns, parseColumnsFile } from '../../printers/custom-columns.ts'
import { newPrinter, splitOutput, templateFile } from '../../printers/output.ts'
import type { ObjectPrinter } from '../../printers/printer.ts'
import { sortByPath, sortPath } from '../../printers/sort.ts'
import type { GetFlags } from './tables.ts'

/** Fetches what is meant and prints the objects: one by itself, several as a `List`. */
export async function getObjects(
  context: Context,
  connection: Connection,
  targets: readonly Target[],
  flags: GetFlags,
): Promise<void> {
  const printer = await objectPrinter(context, flags)
  const results = await Promise.all(targets.map((target) => fetchObjects(connection, target, flags)))
  const errors: unknown[] = []
  let objects: Unstructured[] = []
  for (const result of results) {
    if (Array.isArray(result)) objects.push(...result)
    else errors.push(result.error)
  }
  if (flags['sort-by'] !== '') {
    objects = sortByPath(objects, sortPath(flags['sort-by']), flags['sort-by'], (object) => object)
  }
  const [only] = targets
  const single = targets.length === 1 && only?.form === 'object'
  const [first] = objects
  if (single) {
    if (first) printer.print(first)
  } else if (errors.length === 0 || objects.length > 0) printer.print(listOf(objects))
  throwAll(errors)
}

/** Several objects as one, of the kind that clients make up for that. */
export function listOf(objects: readonly Unstructured[]): Unstructured {
  return { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }
}

async function fetchObjects(
  connection: Connection,
  target: Target,
  flags: GetFlags,
): Promise<Unstructured[] | { error: unknown }> {
  try {
    if (target.form === 'object') {
      const request = flags.subresource === '' ? {} : { subresource: flags.subresource }
      return [await connection.rest.get(target, request)]
    }
    const found = await connection.rest.list(target.kind, target.namespace, target.query, flags['chunk-size'])
    return found.map((object) => foundIn(target.kind, object).object)
  } catch (error) {
    if (flags['ignore-not-found'] && isNotFound(error) && target.form === 'object') return []
    return { error }
  }
}

/** The printer of `get`: the common formats and columns of the user's own. */
export async function objectPrinter(context: Context, flags: GetFlags): Promise<ObjectPrinter> {
  const { format, template } = splitOutput(flags)
  const write = (text: string) => context.print(text)
  if (format === 'custom-columns' || format === 'custom-columns-file') {
    const columns =
      format === 'custom-columns' ? parseColumns(template) : parseColumnsFile(await templateFile(template))
    const printer = new CustomColumnsPrinter(columns, write, flags['no-headers'])
    return {
      print(object) {
        printer.print(Array.isArray(object.items) ? list(object.items).filter(isObject) : [object])
      },
    }
  }
  return newPrinter({ flags, write, order: 'sorted', extraFormats: ['custom-columns', 'custom-columns-file', 'wide'] })
}

/** An event of a watch as an object to print. */
export function eventObject(type: string, object: unknown): Unstructured {
  return unstructured({ type, object: record(object) })
}
