import { DaemonSet, Pod } from '@wherry/api'
import { getController, isNotFound, isTooManyRequests } from '@wherry/apimachinery'
import { objectPath } from '@wherry/client'
import { sleep } from '@wherry/component-base'
import type { Connection } from '../access/connection.ts'
import { type DryRun, dryRunOf, operationOf } from '../access/dry-run.ts'
import { defineCommand } from '../command.ts'
import { completeNames } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError, ErrorGatherer, messageOf, PlainError, UsageError } from '../errors.ts'
import { chunkSizeFlag, dryRunFlag, selectorFlag } from '../flags/shared.ts'
import { aWeekMs } from '../access/deletion.ts'
import { cordonNode, nodesFor } from '../nodes/cordon.ts'
import { planDrain } from '../nodes/pods-to-evict.ts'
import type { Found } from '../access/targets.ts'

const retryMs = 5000
const pollMs = 1000

export const drainCommand = defineCommand({
  use: 'drain NODE',
  short: 'Empty a node before maintenance',
  long: `Empty a node before maintenance.

 The node is marked as unschedulable, and its pods are evicted, or deleted with --disable-eviction. Evictions respect pod
 disruption budgets: they are tried again until they are allowed. Pods of a DaemonSet stay with --ignore-daemonsets, and stop
 the command without it; pods that nobody would make again need --force. "uncordon" makes the node take pods again.`,
  examples: `# Empty a node; pods of daemon sets stay
$ drain one --ignore-daemonsets

# With pods that nobody makes again, and with those that keep data in emptyDir
$ drain one --force --delete-emptydir-data --ignore-daemonsets`,
  complete: completeNames('nodes'),
  flags: {
    ...dryRunFlag,
    ...selectorFlag,
    ...chunkSizeFlag,
    'delete-emptydir-data': {
      type: 'boolean',
      describe: 'Go on even if pods lose what they keep in emptyDir volumes.',
    },
    'disable-eviction': {
      type: 'boolean',
      describe: 'Delete pods instead of evicting them; passes over disruption budgets.',
    },
    force: { type: 'boolean', describe: 'Go on even if pods have no controller.' },
    'grace-period': {
      type: 'int',
      default: '-1',
      describe: 'Seconds that pods get to end; their own value when negative.',
    },
    'ignore-daemonsets': { type: 'boolean', describe: 'Leave pods of daemon sets alone.' },
    'pod-selector': { type: 'string', describe: 'Only pods with these labels.' },
    'skip-wait-for-delete-timeout': {
      type: 'int',
      describe: 'Do not wait for pods that have been going for longer than this many seconds; 0 waits for all.',
    },
    timeout: { type: 'duration', describe: 'How long to try; 0 is without limit.' },
  },
  async run(context, { args, flags }) {
    if (args.length === 0 && flags.selector === '') throw new UsageError('USAGE: drain NODE [flags]')
    if (args.length > 0 && flags.selector !== '')
      throw new UsageError('cannot specify both a node name and a --selector option')
    const dryRun = dryRunOf(context, flags['dry-run'])
    const nodes: Found[] = []
    await nodesFor(context, args, flags.selector, async (found, connection) => {
      await cordonNode(context, connection, found, true, dryRun)
      nodes.push(found)
    })
    const connection = await context.connect()
    const errors = new ErrorGatherer()
    const pending: string[] = []
    for (const { name } of nodes) {
      try {
        await drainNode(context, connection, name, flags, dryRun)
        context.print(`node/${name} ${operationOf('drained', dryRun)}\n`)
      } catch (error) {
        if (context.signal.aborted) throw error
        context.warn(
          `error: unable to drain node ${JSON.stringify(name)} due to error: ${messageOf(error)}, continuing command...\n`,
        )
        pending.push(name)
        const lines = error instanceof DrainRefused ? error.errors : [messageOf(error)]
        errors.errors.push(...lines.map((line) => new PlainError(line, { cause: error })))
      }
    }
    if (pending.length > 0)
      context.warn(`There are pending nodes to be drained:\n${pending.map((name) => ` ${name}\n`).join('')}`)
    errors.throwAll()
  },
})

/** Pods that are not deleted unless asked for: one line after another at the end, together before it. */
class DrainRefused extends Error {
  override readonly name = 'DrainRefused'
  readonly errors: readonly string[]

  constructor(errors: readonly string[]) {
    super(errors.length === 1 ? errors[0] : `[${errors.join(', ')}]`)
    this.errors = errors
  }
}

type DrainFlags = {
  readonly force: boolean
  readonly 'ignore-daemonsets': boolean
  readonly 'delete-emptydir-data': boolean
  readonly 'disable-eviction': boolean
  readonly 'grace-period': number
  readonly 'pod-selector': string
  readonly 'skip-wait-for-delete-timeout': number
  readonly timeout: number
}

async function drainNode(
  context: Context,
  connection: Connection,
  node: string,
  flags: DrainFlags,
  dryRun: DryRun,
): Promise<void> {
  const { items } = await connection.client.list(Pod, {
    fieldSelector: `spec.nodeName=${node}`,
    ...(flags['pod-selector'] !== '' && { labelSelector: flags['pod-selector'] }),
  })
  const sets = await daemonSetsOf(connection, items)
  const plan = planDrain(items, {
    force: flags.force,
    ignoreDaemonSets: flags['ignore-daemonsets'],
    deleteEmptyDirData: flags['delete-emptydir-data'],
    skipWaitForDeleteSeconds: flags['skip-wait-for-delete-timeout'],
    daemonSetExists: (pod) => sets.has(`${pod.metadata.namespace}/${getController(pod.metadata)?.name}`),
    now: context.clock.now(),
  })
  if (plan.errors.length > 0) throw new DrainRefused(plan.errors)
  if (plan.warning !== '') context.warn(`Warning: ${plan.warning}\n`)
  const verb = flags['disable-eviction'] ? 'deleting' : 'evicting'
  if (dryRun === 'client') {
    for (const pod of plan.pods) context.print(`${verb} pod ${pod.metadata.namespace}/${pod.metadata.name} (dry run)\n`)
    return
  }
  const timeout = new AbortController()
  const cancel = context.clock.setTimer(flags.timeout || aWeekMs, () =>
    timeout.abort(new CommandError(`global timeout reached: ${flags.timeout / 1000}s`)),
  )
  const signal = AbortSignal.any([context.signal, timeout.signal])
  try {
    const results = await Promise.allSettled(
      plan.pods.map((pod) => removePod(context, connection, pod, flags, dryRun, signal)),
    )
    const failed = results.find((result) => result.status === 'rejected')
    if (failed) throw failed.reason
  } finally {
    cancel()
  }
}

async function daemonSetsOf(connection: Connection, pods: readonly Pod[]): Promise<Set<string>> {
  const named = new Set<string>()
  for (const { metadata } of pods) {
    const controller = getController(metadata)
    if (controller?.kind === 'DaemonSet') named.add(`${metadata.namespace}/${controller.name}`)
  }
  for (const key of named) {
    const [namespace = '', name = ''] = key.split('/')
    const there = await connection.client.get(DaemonSet, { namespace, name }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    if (!there) named.delete(key)
  }
  return named
}

/** Evicts, again while a disruption budget forbids it, and waits until the pod is gone. */
async function removePod(
  context: Context,
  connection: Connection,
  pod: Pod,
  flags: DrainFlags,
  dryRun: DryRun,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name = '', uid } = pod.metadata
  const ref = { kind: Pod, namespace, name }
  const grace = flags['grace-period'] < 0 ? {} : { gracePeriodSeconds: flags['grace-period'] }
  const deleteOptions = { ...grace, ...(dryRun === 'server' && { dryRun: ['All'] }) }
  const verb = flags['disable-eviction'] ? 'deleting' : 'evicting'
  for (;;) {
    context.print(`${verb} pod ${namespace}/${name}${dryRun === 'server' ? ' (server dry run)' : ''}\n`)
    try {
      if (flags['disable-eviction']) await connection.rest.delete(ref, deleteOptions)
      else {
        const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions }
        await connection.rest.json('POST', objectPath(Pod, ref, 'eviction'), { body, signal }, ref)
      }
      break
    } catch (error) {
      if (isNotFound(error)) break
      if (!isTooManyRequests(error)) {
        throw new CommandError(
          `error when ${verb} pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: ${messageOf(error)}`,
          { cause: error },
        )
      }
      context.warn(
        `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)} (will retry after 5s): ${messageOf(error)}\n`,
      )
      await sleep(context.clock, retryMs, signal)
    }
  }
  if (dryRun === 'server') return
  for (;;) {
    const left = await connection.rest.get(ref, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined
      throw error
    })
    if (!left || left.metadata.uid !== uid) break
    await sleep(context.clock, pollMs, signal)
  }
  context.print(`pod/${name} ${flags['disable-eviction'] ? 'deleted' : 'evicted'}\n`)
}
