import { isNotFound } from '@wherry/apimachinery'
import { sleep } from '@wherry/component-base'
import { aWeekMs, waitForDeletion } from '../access/deletion.ts'
import type { Connection } from '../access/connection.ts'
import { fetchTargets, type Found, foundIn, resolveTargets, type Target } from '../access/targets.ts'
import { watchRaw } from '../access/watch.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import type { Context } from '../context.ts'
import { CommandError, ErrorGatherer, throwAll } from '../errors.ts'
import { allNamespacesFlag, fieldSelectorFlag, fileFlags, printFlags, selectorFlag } from '../flags/shared.ts'
import { unstructured } from '../objects/json.ts'
import { Reporter } from '../printers/report.ts'
import { type Goal, parseGoal } from '../wait/conditions.ts'

const pollMs = 200

export const waitCommand = defineCommand({
  use: "wait ([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
  short: 'Wait for a condition of resources',
  long: `Wait for a condition of one or many resources.

 The command ends when all of them are as wanted, or fails when the timeout is over.`,
  examples: `# Until a pod is ready
$ wait --for=condition=Ready pod/web-0

# Until a deployment is available, for at most a minute
$ wait --for=condition=Available deployment/web --timeout=60s

# Until a field has a value
$ wait --for=jsonpath='{.status.phase}'=Running pod/web-0

# Until pods are gone
$ wait --for=delete pod -l app=web`,
  complete: completeResources,
  flags: {
    ...printFlags,
    ...fileFlags,
    ...selectorFlag,
    ...fieldSelectorFlag,
    ...allNamespacesFlag,
    all: { type: 'boolean', describe: 'All objects of the types in the namespace.' },
    for: {
      type: 'array',
      describe:
        "What to wait for: create, delete, condition=NAME[=VALUE] or jsonpath='{EXPRESSION}'[=VALUE]. Several hold one after the other.",
    },
    local: { type: 'boolean', describe: 'Look only at what is given, without asking the server.' },
    timeout: { type: 'duration', default: '30s', describe: 'How long to wait. 0 looks once; negative means a week.' },
  },
  async run(context, { args, flags }) {
    if (flags.for.length === 0) throw new CommandError('unrecognized condition: []')
    const goals = flags.for.map(parseGoal)
    // Whatever must be made comes first.
    goals.sort((a, b) => Number(b.kind === 'create') - Number(a.kind === 'create'))
    const connection = await context.connect()
    const reporter = new Reporter(context, flags, 'none')
    await reporter.check()
    const timeoutMs = flags.timeout < 0 ? aWeekMs : flags.timeout
    const end = timeoutMs === 0 ? 0 : context.clock.now() + timeoutMs
    const targets = await resolveTargets(context, connection, {
      args,
      filename: flags.filename,
      kustomize: flags.kustomize,
      recursive: flags.recursive,
      selector: flags.selector,
      fieldSelector: flags['field-selector'],
      allNamespaces: flags['all-namespaces'],
      all: flags.all,
    })
    for (const goal of goals) {
      const last = goal === goals.at(-1)
      const found = await objectsFor(context, connection, targets, goal, end)
      if (found.length === 0) {
        if (goal.kind === 'delete') continue
        throw new CommandError('no matching resources found')
      }
      const errors = new ErrorGatherer()
      for (const object of found) {
        await errors.gather(async () => {
          const after = await waitFor(context, connection, object, goal, end)
          if (last) await reporter.print(unstructured(after.object), 'condition met')
        })
        // One that is late makes all late: kubectl gives the timeout to each, but tells the first.
      }
      errors.throwAll()
    }
  },
})

/** The objects to look at; those that are awaited may have yet to come, those to be deleted may be gone. */
async function objectsFor(
  context: Context,
  connection: Connection,
  targets: readonly Target[],
  goal: Goal,
  end: number,
): Promise<Found[]> {
  for (;;) {
    const { found, errors } = await fetchTargets(connection, targets)
    const serious = errors.filter((error) => !isNotFound(error))
    if (serious.length > 0) throwAll(serious)
    const missing = errors.length > 0 || found.length === 0
    if (goal.kind === 'delete') return found
    if (!missing || goal.kind !== 'create') {
      throwAll(errors)
      return found
    }
    if (context.clock.now() >= end) throw new CommandError('timed out waiting for the condition')
    await sleep(context.clock, pollMs, context.signal)
  }
}

async function waitFor(
  context: Context,
  connection: Connection,
  found: Found,
  goal: Goal,
  end: number,
): Promise<Found> {
  const left = Math.max(0, end - context.clock.now())
  if (goal.kind === 'create') return found
  if (goal.kind === 'delete') {
    await waitForDeletion(context, connection, [{ ...found, uid: found.object.metadata.uid }], left)
    return found
  }
  const late = new AbortController()
  let object = found.object
  if (goal.met(object)) return found
  // A timeout of nothing means a single look.
  if (end === 0) throw new CommandError(`condition not met for ${titleOf(found)}`)
  const cancel = context.clock.setTimer(left, () => late.abort())
  const signal = AbortSignal.any([context.signal, late.signal])
  const { kind, namespace, name } = found
  try {
    for (;;) {
      const query = { fieldSelector: `metadata.name=${name}`, resourceVersion: object.metadata.resourceVersion }
      for await (const event of watchRaw(connection.rest, { kind, namespace, query, signal })) {
        if (event.type === 'BOOKMARK') continue
        object = unstructured(event.object)
        if (event.type === 'DELETED') continue
        if (goal.met(object)) return foundIn(kind, object)
      }
      object = await connection.rest.get(found, { signal })
      if (goal.met(object)) return foundIn(kind, object)
    }
  } catch (error) {
    if (!late.signal.aborted || context.signal.aborted) throw error
    throw new CommandError(`timed out waiting for the condition on ${titleOf(found)}`, { cause: error })
  } finally {
    cancel()
  }
}

function titleOf({ kind, name }: Found): string {
  return `${kind.resource}${kind.group === '' ? '' : `.${kind.group}`}/${name}`
}
