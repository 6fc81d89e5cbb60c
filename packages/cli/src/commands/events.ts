import { Event } from '@wherry/api'
import { splitPair } from '../access/arguments.ts'
import type { Connection } from '../access/connection.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import { allNamespacesFlag, chunkSizeFlag, printFlags } from '../flags/shared.ts'
import { eventTarget, lastSeen, seenText } from '../objects/events.ts'
import { unstructured } from '../objects/json.ts'
import { newPrinter } from '../printers/output.ts'
import { TabWriter } from '../printers/tab-writer.ts'

export const eventsCommand = defineCommand({
  use: 'events [(-o|--output=)json|yaml|name|go-template|jsonpath|...] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  short: 'List events',
  long: `List events, the oldest first.`,
  examples: `# Of the namespace
$ events

# Of one object, and then as they come
$ events --for pod/web-0 --watch

# Only what may be wrong, in all namespaces
$ events -A --types=Warning`,
  flags: {
    ...printFlags,
    ...allNamespacesFlag,
    ...chunkSizeFlag,
    for: { type: 'string', describe: 'Only events about this object: TYPE/NAME.' },
    'no-headers': { type: 'boolean', describe: 'Leave the headers out.' },
    types: { type: 'strings', describe: 'Only these types: Normal, Warning.' },
    watch: { type: 'boolean', short: 'w', describe: 'After the events that are there, show new ones.' },
  },
  complete: completeResources,
  async run(context, { flags }) {
    const types = flags.types.map((type) => {
      const known = ['Normal', 'Warning'].find((one) => one.toLowerCase() === type.toLowerCase())
      if (!known) throw new CommandError(`valid --types are Normal or Warning`)
      return known
    })
    const connection = await context.connect()
    const namespace = flags['all-namespaces'] ? undefined : connection.namespace
    const about = flags.for === '' ? undefined : await objectOf(connection, flags.for)
    const fieldSelector = about && `involvedObject.kind=${about.kind},involvedObject.name=${about.name}`
    const wanted = (event: Event) =>
      (types.length === 0 || types.includes(event.type ?? '')) &&
      (!about || !event.involvedObject.apiVersion || event.involvedObject.apiVersion === about.apiVersion)
    const show = await viewOf(context, flags)
    const selection = { ...(namespace !== undefined && { namespace }), ...(fieldSelector && { fieldSelector }) }
    const page = await connection.client.list(Event, selection)
    const found = page.items.filter(wanted).sort((a, b) => lastSeen(a) - lastSeen(b))
    if (found.length === 0 && !flags.watch) {
      context.warn(namespace === undefined ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`)
      return
    }
    show(found)
    if (!flags.watch) return
    const { resourceVersion } = page.metadata
    const watch = connection.client.watch(Event, {
      ...selection,
      ...(resourceVersion && { resourceVersion }),
      signal: context.signal,
    })
    for await (const event of watch) {
      if ((event.type === 'ADDED' || event.type === 'MODIFIED') && wanted(event.object)) show([event.object])
    }
  },
})

async function objectOf(connection: Connection, text: string) {
  const { type, name } = splitPair(text)
  const { kind, group, version } = (await connection.mapper([type])).resolve(type)
  return { kind, name, apiVersion: group === '' ? version : `${group}/${version}` }
}

interface ViewFlags {
  readonly output: string
  readonly 'all-namespaces': boolean
  readonly 'no-headers': boolean
}

async function viewOf(
  context: Context,
  flags: ViewFlags & Parameters<typeof newPrinter>[0]['flags'],
): Promise<(events: readonly Event[]) => void> {
  if (flags.output !== '') {
    const printer = await newPrinter({ flags, write: (text) => context.print(text), order: 'sorted' })
    let first = true
    return (events) => {
      if (first && !(events.length === 1)) {
        printer.print(unstructured({ apiVersion: 'v1', items: events, kind: 'EventList', metadata: {} }))
      } else for (const event of events) printer.print(unstructured(event))
      first = false
    }
  }
  const writer = new TabWriter((text) => context.print(text))
  const withNamespace = flags['all-namespaces']
  let header = !flags['no-headers']
  return (events) => {
    if (header && events.length > 0) {
      writer.row([...(withNamespace ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'])
      header = false
    }
    for (const event of events) {
      writer.row([
        ...(withNamespace ? [event.metadata.namespace ?? ''] : []),
        seenText(event, context.clock.now()),
        event.type ?? '',
        event.reason ?? '',
        eventTarget(event),
        (event.message ?? '').trim(),
      ])
    }
    writer.flush()
  }
}
