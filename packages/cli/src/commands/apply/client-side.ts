import {
  createThreeWayJSONMergePatch,
  createThreeWayStrategicMergePatch,
  isConflict,
  isInvalid,
  isNotFound,
} from '@wherry/apimachinery'
import { sleep } from '@wherry/component-base'
import type { Connection } from '../../access/connection.ts'
import { type DryRun, writeQuery } from '../../access/dry-run.ts'
import type { Target } from '../../access/targets.ts'
import { waitForDeletion } from '../../access/deletion.ts'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import { withSource } from '../../error-source.ts'
import { isObject, type Unstructured } from '../../objects/json.ts'
import { lastAppliedAnnotation, withLastApplied } from '../../objects/last-applied.ts'
import { typeNameOf } from '../../objects/type-name.ts'
import { objectName } from '../../printers/names.ts'
import type { ApplyReporter } from './report.ts'

export type Placed = Target & { form: 'object'; object: Unstructured }

export interface ClientSideRequest {
  context: Context
  connection: Connection
  placed: Placed
  flags: {
    readonly 'field-manager': string
    readonly validate: string
    readonly force: boolean
    readonly overwrite: boolean
    readonly cascade: string
    readonly timeout: number
    readonly 'grace-period': number
    readonly output: string
  }
  dryRun: DryRun
  reporter: ApplyReporter
}

/** As kubectl's patcher: so often is a conflicting patch made anew. */
const maxRetries = 5
const backoffAfter = 1
const backoffMs = 1000

/** Creates the object or patches it with the three-way difference of last configuration, this one and what is there. */
export async function applyClientSide(request: ClientSideRequest): Promise<void> {
  const { context, connection, placed, flags, dryRun, reporter } = request
  const source = placed.source ?? ''
  if (placed.name === '') {
    const { kind, generateName } = { kind: placed.object.kind, generateName: placed.object.metadata.generateName }
    if (generateName) throw new CommandError(`from ${generateName}: cannot use generate name with apply`)
    throw new CommandError(`resource name may not be empty: ${kind}`)
  }
  const modified = withLastApplied(placed.object)
  const query = writeQuery({ dryRun, fieldManager: flags['field-manager'], validate: flags.validate })
  const live = await connection.rest.get(placed).catch((error: unknown) => {
    if (isNotFound(error)) return undefined
    return withSource('retrieving current configuration of', source)(error)
  })
  if (!live) {
    const created =
      dryRun === 'client'
        ? modified
        : await connection.rest
            .create(placed.kind, placed.namespace, modified, query)
            .catch(withSource('creating', source))
    await reporter.print(created, 'created')
    return
  }
  if (live.metadata.annotations?.[lastAppliedAnnotation] === undefined) warnMissing(context, live)
  if (dryRun === 'client') {
    const patch = patchOf(placed, modified, live, flags.overwrite)
    await reporter.print(live, isEmpty(patch) ? 'unchanged' : 'configured')
    return
  }
  const after = await patchLive(request, modified, live, query)
  await reporter.print(after ?? live, after === undefined ? 'unchanged' : 'configured')
}

/** The object after the patch; undefined where there was nothing to change. */
async function patchLive(
  request: ClientSideRequest,
  modified: Unstructured,
  live: Unstructured,
  query: ReturnType<typeof writeQuery>,
): Promise<Unstructured | undefined> {
  const { context, connection, placed, flags } = request
  let current = live
  for (let attempt = 0; ; attempt++) {
    const patch = patchOf(placed, modified, current, flags.overwrite)
    if (isEmpty(patch)) return undefined
    const type = typeNameOf(placed.kind) === undefined ? 'merge' : 'strategic'
    try {
      return await connection.rest.patch(placed, type, patch, query)
    } catch (error) {
      if (isConflict(error) && attempt < maxRetries) {
        if (attempt > backoffAfter) await sleep(context.clock, backoffMs, context.signal)
        current = await connection.rest.get(placed)
        continue
      }
      if ((isConflict(error) || isInvalid(error)) && flags.force) return recreate(request, modified, query)
      return withSource(
        `applying patch:\n${JSON.stringify(patch)}\nto:\n${describeTarget(placed)}\nfor:`,
        placed.source ?? '',
      )(error)
    }
  }
}

function describeTarget({ kind, name, namespace }: Placed): string {
  const group = kind.group === '' ? '' : `${kind.group}/`
  const resource = `${group}${kind.version}, Resource=${kind.resource}`
  const type = `${group}${kind.version}, Kind=${kind.kind}`
  return `Resource: ${JSON.stringify(resource)}, GroupVersionKind: ${JSON.stringify(type)}\nName: ${JSON.stringify(name)}, Namespace: ${JSON.stringify(namespace)}`
}

async function recreate(
  { context, connection, placed, flags }: ClientSideRequest,
  modified: Unstructured,
  query: ReturnType<typeof writeQuery>,
): Promise<Unstructured> {
  const grace = flags['grace-period']
  const deleted = await connection.rest.delete(placed, {
    propagationPolicy: 'Background',
    ...(grace >= 0 ? { gracePeriodSeconds: grace } : { gracePeriodSeconds: 0 }),
  })
  await waitForDeletion(context, connection, [{ ...placed, uid: deleted.metadata.uid }], flags.timeout || 60_000)
  return connection.rest.create(placed.kind, placed.namespace, modified, query)
}

function patchOf(placed: Placed, modified: Unstructured, current: Unstructured, overwrite: boolean): unknown {
  const annotation = current.metadata.annotations?.[lastAppliedAnnotation]
  const original: unknown = annotation === undefined || annotation === '' ? {} : JSON.parse(annotation)
  const typeName = typeNameOf(placed.kind)
  return typeName === undefined
    ? createThreeWayJSONMergePatch(original, modified, current)
    : createThreeWayStrategicMergePatch(original, modified, current, typeName, { overwrite })
}

function isEmpty(patch: unknown): boolean {
  return isObject(patch) && Object.keys(patch).length === 0
}

function warnMissing(context: Context, live: Unstructured): void {
  const { program } = context
  context.warn(
    `Warning: resource ${objectName(live).replace(/^[^/]*\//, (type) => `${(live.kind ?? type).toLowerCase()}s/`)} is missing the ${lastAppliedAnnotation} annotation which is required by ${program} apply. ${program} apply should only be used on resources created declaratively by either ${program} create --save-config or ${program} apply. The missing annotation will be patched automatically.\n`,
  )
}
