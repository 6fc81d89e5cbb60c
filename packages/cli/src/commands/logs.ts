import { Pod, type Pod as PodObject } from '@wherry/api'
import { formatTime, isNotFound, parseTime } from '@wherry/apimachinery'
import { objectPath } from '@wherry/client'
import { sleep } from '@wherry/component-base'
import { splitPair } from '../access/arguments.ts'
import type { Connection } from '../access/connection.ts'
import { defineCommand } from '../command.ts'
import { completePods } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError, messageOf, UsageError } from '../errors.ts'
import { selectorFlag } from '../flags/shared.ts'
import { byActivity, chooseContainer, podSelectorOf } from '../streaming/pods.ts'

const selectorTail = 10
const pollMs = 200

export const logsCommand = defineCommand({
  use: 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]',
  short: 'Print the logs of a container in a pod',
  examples: `# The log of a pod with one container
$ logs web-0

# As it grows
$ logs -f web-0 -c app

# Of the container before the last restart
$ logs -p web-0

# The last 20 lines, and the last hour
$ logs --tail=20 web-0
$ logs --since=1h web-0

# Of all pods with a label, all containers
$ logs -l app=web --all-containers

# Of one pod of a deployment
$ logs deploy/web`,
  complete: completePods,
  flags: {
    ...selectorFlag,
    'all-containers': { type: 'boolean', describe: 'The logs of all containers.' },
    'all-pods': { type: 'boolean', describe: 'The logs of all pods of the object; each line says which.' },
    container: { type: 'string', short: 'c', describe: 'The container; the annotated or the first one where empty.' },
    follow: { type: 'boolean', short: 'f', describe: 'Go on with what is written.' },
    'ignore-errors': { type: 'boolean', describe: 'Go on when one of the logs fails.' },
    'insecure-skip-tls-verify-backend': { type: 'boolean', describe: "Do not check the kubelet's certificate." },
    'limit-bytes': { type: 'int', describe: 'At most this many bytes; 0 is without limit.' },
    'max-log-requests': { type: 'int', default: '5', describe: 'At most this many logs are followed at once.' },
    'pod-running-timeout': { type: 'duration', default: '20s', describe: 'How long to wait until there is a pod.' },
    prefix: { type: 'boolean', describe: 'Begin each line with pod and container.' },
    previous: { type: 'boolean', short: 'p', describe: 'The log of the container before its last restart.' },
    since: { type: 'duration', describe: 'Only what is newer than this, such as 5s, 2m or 3h.' },
    'since-time': { type: 'string', describe: 'Only what is newer than this time, in RFC 3339.' },
    tail: {
      type: 'int',
      default: '-1',
      describe: `The last lines only; with a selector ${selectorTail} unless told, otherwise all.`,
    },
    timestamps: { type: 'boolean', describe: 'Begin each line with its time.' },
  },
  async run(context, { args, flags, changed }) {
    let [argument, container = flags.container] = args
    if (argument === undefined && flags.selector === '')
      throw new UsageError(
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
      )
    if (args.length > 2)
      throw new UsageError(
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
      )
    if (args.length === 2 && flags.container !== '')
      throw new UsageError('only one of -c or an inline [CONTAINER] arg is allowed')
    if (argument !== undefined && flags.selector !== '')
      throw new UsageError('only a selector (-l) or a POD name is allowed')
    if (flags['all-containers'] && container !== '')
      throw new CommandError(`--all-containers=true should not be specified with container name ${container}`)
    if (changed('since') && flags['since-time'] !== '')
      throw new CommandError('at most one of `sinceTime` or `sinceSeconds` may be specified')
    if (flags.tail < -1) throw new CommandError('--tail must be greater than or equal to -1')
    if (flags['limit-bytes'] < 0) throw new CommandError('--limit-bytes must be greater than 0')
    if (flags.since < 0) throw new CommandError('--since must be greater than 0')
    argument ??= ''
    const tail = flags.tail === -1 && flags.selector !== '' && !changed('tail') ? selectorTail : flags.tail
    const query = {
      ...(flags.follow && { follow: true }),
      ...(flags.previous && { previous: true }),
      ...(flags.timestamps && { timestamps: true }),
      ...(flags['limit-bytes'] > 0 && { limitBytes: flags['limit-bytes'] }),
      ...(tail >= 0 && { tailLines: tail }),
      ...(flags.since > 0 && { sinceSeconds: Math.ceil(flags.since / 1000) }),
      ...(flags['since-time'] !== '' && { sinceTime: formatTime(parseTime(flags['since-time'])) }),
      ...(flags['insecure-skip-tls-verify-backend'] && { insecureSkipTLSVerifyBackend: true }),
    }
    const connection = await context.connect()
    const pods = await podsFor(context, connection, argument, flags).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
      const message = `error from server (NotFound): ${messageOf(error)} in namespace ${JSON.stringify(connection.namespace)}`
      throw new CommandError(message, { cause: error })
    })
    const sources = pods.flatMap((pod) =>
      containersFor(context, pod, container, flags['all-containers']).map((name) => ({ pod, container: name })),
    )
    if (flags.follow && sources.length > flags['max-log-requests']) {
      throw new CommandError(
        `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${flags['max-log-requests']}, use --max-log-requests to increase the limit`,
      )
    }
    const prefix = flags.prefix || flags['all-pods']
    const show = async (source: Source) => {
      try {
        await copyLog(context, connection, source, query, prefix)
      } catch (error) {
        if (!flags['ignore-errors'] || context.signal.aborted) throw error
        context.print(`error: ${messageOf(error)}\n`)
      }
    }
    if (flags.follow && sources.length > 1) await Promise.all(sources.map(show))
    else for (const source of sources) await show(source)
  },
})

interface Source {
  pod: PodObject
  container: string
}

interface PodFlags {
  readonly selector: string
  readonly 'all-pods': boolean
  readonly 'pod-running-timeout': number
}

async function podsFor(
  context: Context,
  connection: Connection,
  argument: string,
  flags: PodFlags,
): Promise<PodObject[]> {
  const { namespace, client } = connection
  if (flags.selector !== '') {
    const { items } = await client.list(Pod, { namespace, labelSelector: flags.selector })
    if (items.length === 0) context.warn(`No resources found in ${namespace} namespace.\n`)
    return items
  }
  if (!argument.includes('/')) return [await client.get(Pod, { namespace, name: argument })]
  const { type, name } = splitPair(argument)
  const kind = (await connection.mapper([type])).resolve(type)
  if (kind.kind === 'Pod' && kind.group === '') return [await client.get(Pod, { namespace, name })]
  const object = await connection.rest.get({ kind, namespace: kind.namespaced ? namespace : '', name })
  const labelSelector = podSelectorOf(object)
  const end = context.clock.now() + flags['pod-running-timeout']
  for (;;) {
    const { items } = await client.list(Pod, { namespace, labelSelector })
    const [first] = items.sort(byActivity)
    if (first && flags['all-pods']) return items
    if (first) {
      if (items.length > 1) context.warn(`Found ${items.length} pods, using pod/${first.metadata.name}\n`)
      return [first]
    }
    if (context.clock.now() >= end) throw new CommandError('timed out waiting for the condition')
    await sleep(context.clock, pollMs, context.signal)
  }
}

function containersFor(context: Context, pod: PodObject, wanted: string, all: boolean): string[] {
  if (!all) return [chooseContainer(context, pod, wanted).name]
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {}
  return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => name)
}

/** Copies a log to standard output as it comes, no faster than it is taken. */
async function copyLog(
  context: Context,
  connection: Connection,
  { pod, container }: Source,
  query: Record<string, string | number | boolean>,
  prefix: boolean,
): Promise<void> {
  const { namespace = '', name = '' } = pod.metadata
  const path = objectPath(Pod, { namespace, name }, 'log')
  const stream = await connection.rest.stream(path, { query: { container, ...query } }, { kind: Pod, name })
  const start = Buffer.from(prefix ? `[pod/${name}/${container}] ` : '')
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    if (!prefix) {
      await write(context, chunk)
      continue
    }
    // Whole lines only: those of several logs must not mix.
    rest = Buffer.concat([rest, chunk])
    const end = rest.lastIndexOf(0x0a)
    if (end === -1) continue
    await write(context, withPrefix(rest.subarray(0, end + 1), start))
    rest = rest.subarray(end + 1)
  }
  if (rest.length > 0) await write(context, withPrefix(rest, start))
}

function withPrefix(lines: Buffer, start: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let at = 0; at < lines.length; ) {
    const end = lines.indexOf(0x0a, at)
    const next = end === -1 ? lines.length : end + 1
    parts.push(start, lines.subarray(at, next))
    at = next
  }
  return Buffer.concat(parts)
}

function write({ stdout }: Context, bytes: Buffer): Promise<void> | undefined {
  if (stdout.write(bytes)) return undefined
  return new Promise((resolve) => stdout.once('drain', () => resolve()))
}
