import { objectPath } from '@wherry/client'
import type { Connection } from '../../access/connection.ts'
import type { Resource } from '../../access/discovery.ts'
import type { Query } from '../../access/rest.ts'
import type { Target } from '../../access/targets.ts'
import { watchRaw } from '../../access/watch.ts'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import { dig, list, record, text, unstructured } from '../../objects/json.ts'
import { tableAccept, tableOf } from '../../printers/table.ts'
import { splitOutput } from '../../printers/output.ts'
import { eventObject, objectPrinter } from './objects.ts'
import { type GetFlags, tableOptions, TablePrinter } from './tables.ts'
import { collectionPath } from '@wherry/client'

/** What a watch shows: the objects that are there, then each change. */
interface View {
  accept: string
  query: Query
  show(answer: unknown, event?: string): void
}

/** Lists or gets one kind of resource, unless told not to, and shows its changes until the user or the server ends it. */
export async function watchOne(
  context: Context,
  connection: Connection,
  targets: readonly Target[],
  flags: GetFlags,
): Promise<void> {
  const [target, other] = targets
  if (!target) return
  if (other) throw new CommandError('you may only specify a single resource type')
  const { kind } = target
  const selection = target.form === 'list' ? target.query : { fieldSelector: `metadata.name=${target.name}` }
  const view = await viewOf(context, kind, flags)
  const { resourceVersion, skipFirst } = await begin(connection, target, view, flags)
  let skip = skipFirst
  const query = { ...selection, ...view.query, resourceVersion }
  const { namespace } = target
  for await (const event of watchRaw(connection.rest, {
    kind,
    namespace,
    query,
    accept: view.accept,
    signal: context.signal,
  })) {
    if (event.type === 'BOOKMARK') continue
    if (skip && event.type === 'ADDED') {
      skip = false
      continue
    }
    skip = false
    view.show(event.object, event.type)
  }
}

/** Shows what is there. A watch of one object begins with the object itself, which has then been shown already. */
async function begin(connection: Connection, target: Target, view: View, flags: GetFlags) {
  const { accept, query } = view
  const only = flags['watch-only']
  if (target.form === 'object') {
    const answer = await connection.rest.json('GET', objectPath(target.kind, target), { accept, query }, target)
    if (!only) view.show(answer, 'ADDED')
    return { resourceVersion: '0', skipFirst: true }
  }
  const path = collectionPath(target.kind, target.namespace)
  const answer = await connection.rest.json('GET', path, { accept, query: { ...query, ...target.query } }, target)
  if (!only) view.show(answer, 'ADDED')
  return { resourceVersion: text(dig(answer, 'metadata', 'resourceVersion')), skipFirst: false }
}

async function viewOf(context: Context, kind: Resource, flags: GetFlags): Promise<View> {
  const { format } = splitOutput(flags)
  const withEvents = flags['output-watch-events']
  if (format === '' || format === 'wide') {
    const printer = new TablePrinter(context)
    return {
      accept: tableAccept,
      query: {},
      show(answer, event) {
        const options = tableOptions(kind, flags, false)
        printer.print(kind, tableOf(answer), withEvents && event ? { ...options, event } : options)
        printer.flush()
      },
    }
  }
  const printer = await objectPrinter(context, flags)
  const print = (object: unknown, event: string) => {
    const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
    const whole = { apiVersion, kind: kind.kind, ...record(object) }
    printer.print(withEvents ? eventObject(event, whole) : unstructured(whole))
  }
  return {
    accept: 'application/json',
    query: {},
    show(answer, event = 'ADDED') {
      const items = dig(answer, 'items')
      for (const object of Array.isArray(items) ? list(items) : [answer]) print(object, event)
    },
  }
}
