import { apiVersionOf, type KubeObject } from '@wherry/api'
import {
  ApplyConflicts,
  type ApplyForms,
  type ApplySchema,
  applyConfiguration,
  applySchemaOf,
  badRequest,
  type DeepReadonly,
  deepEqual,
  difference,
  ElementError,
  fieldElement,
  type FieldSet,
  formatTime,
  isEmptySet,
  isStatusError,
  joinErrors,
  setOf,
  statusErrorFrom,
  union,
  updateManagers,
  validateTyped,
  type VersionedSet,
} from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import type { Registry } from '../registry/registry.ts'
import { type Served, typeOf } from '../registry/served.ts'
import type { Write } from '../registry/write.ts'
import { applyConflict } from './conflict-error.ts'
import { kubectl, updateLastApplied, withoutOwnConflicts } from './last-applied.ts'
import {
  capUpdaters,
  decodeManaged,
  encodeManaged,
  type Entry,
  identifierOf,
  isReset,
  type Managed,
  nobody,
  readManaged,
} from './managed-entries.ts'
import { resetFields } from './reset-fields.ts'

/** What is written: an object of a resource, or a part of it that has a path of its own. */
export interface Target {
  /** In which form the object comes and goes. */
  readonly apiVersion: string
  readonly kind: string
  /** Empty for the object itself. */
  readonly subresource: string
  readonly forms: ApplyForms
}

export interface ApplyRequest {
  readonly config: DeepReadonly<KubeObject>
  readonly manager: string
  readonly force: boolean
}

/** Tells who owns which fields of an object. As upstream: apimachinery's util/managedfields. */
export interface FieldManager {
  /** What a request to a path of the resource writes to. */
  target(served: Served, subresource: string): Target
  /** `update` for a write on its way through the pipeline, whose objects are in their stored form. */
  track(write: Write, old: DeepReadonly<KubeObject> | undefined, object: KubeObject): Promise<void>
  /**
   * Sets the managedFields of an object that is about to be written in place of `old`. Never throws: where it cannot be
   * told who owns what, all stays as it was. Both objects are in the target's form.
   */
  update(target: Target, old: DeepReadonly<KubeObject> | undefined, object: KubeObject, manager: string): Promise<void>
  /**
   * The object after a configuration was applied to it, with its managedFields, as JSON that is not decoded yet. Throws
   * 409 for fields that others own, 400 for a configuration of something else, and 500 for one that does not fit the
   * kind, as upstream does.
   */
  apply(target: Target, old: DeepReadonly<KubeObject> | undefined, request: ApplyRequest): Promise<KubeObject>
}

const self = 'current-operation'
const beforeFirstApply = 'before-first-apply'

/** Fields that nobody owns. */
const stripped: FieldSet = setOf(
  ['apiVersion'].map(fieldElement),
  ['kind'].map(fieldElement),
  ['metadata'].map(fieldElement),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => ['metadata', name].map(fieldElement)),
)

export interface FieldManagerDeps {
  readonly clock: Clock
  readonly registry: Pick<Registry, 'all'>
}

export function newFieldManager({ clock, registry }: FieldManagerDeps): FieldManager {
  const now = () => formatTime(clock.now())

  const target = (served: Served, subresource: string): Target =>
    targetOf(served, subresource, () => registry.all.filter(({ cache }) => cache === served.cache))

  async function trackWrite(
    write: Write,
    old: DeepReadonly<KubeObject> | undefined,
    object: KubeObject,
  ): Promise<void> {
    if (write.manager === '') return
    const { served, subresource, manager } = write
    const { storedAs } = served.definition
    const to = target(served, subresource)
    if (!storedAs) return update(to, old, object, manager)
    const form: KubeObject = { ...storedAs.fromStored(object), ...typeOf(served.definition) }
    await update(to, old && { ...storedAs.fromStored(old), ...typeOf(served.definition) }, form, manager)
    setEntries(object, form.metadata.managedFields)
  }

  async function update(
    target: Target,
    old: DeepReadonly<KubeObject> | undefined,
    object: KubeObject,
    manager: string,
  ): Promise<void> {
    const before = old?.metadata.managedFields
    const managed = managedBefore(before, object.metadata.managedFields, target.subresource !== '')
    // An object that nobody's fields were told of goes on without, until somebody applies to it.
    if (managed.fields.size === 0 && old) {
      delete object.metadata.managedFields
      return
    }
    // The list itself is no field: both sides have the same one while they are compared.
    setEntries(object, before)
    const after = await entriesAfter(target, old, object, managed, manager).catch((error: unknown) => {
      // What validation will refuse, or a converter that is not there: as upstream's `UpdateNoErrors`, the list stays.
      if (error instanceof ElementError || isStatusError(error)) return before
      throw error
    })
    setEntries(object, after)
  }

  /** The entries after an update. */
  async function entriesAfter(
    { apiVersion, subresource, forms }: Target,
    old: DeepReadonly<KubeObject> | undefined,
    object: DeepReadonly<KubeObject>,
    managed: Managed,
    manager: string,
  ): Promise<readonly Entry[] | undefined> {
    const write = { live: old ?? {}, object, apiVersion, managers: managed.fields, manager: self }
    const managers = await updateManagers(forms, write)
    const own = strip(managers.get(self))
    if (managers === managed.fields && !own) return [...managed.entries.values()]
    const fields = new Map(managers)
    fields.delete(self)
    const times = new Map(managed.times)
    if (own) {
      const id = identifierOf({ manager: nameOf(manager), operation: 'Update', apiVersion, subresource })
      const before = fields.get(id)
      fields.set(id, before ? { ...own, set: union(own.set, before.set) } : own)
      times.set(id, now())
      capUpdaters(fields, times)
    }
    return encodeManaged(managed, fields, times)
  }

  async function apply(
    target: Target,
    old: DeepReadonly<KubeObject> | undefined,
    { config, manager, force }: ApplyRequest,
  ): Promise<KubeObject> {
    checkConfig(target, config)
    const live = old ?? {}
    const { managedFields, ...metadata } = old?.metadata ?? {}
    const bare: DeepReadonly<KubeObject> = old ? { ...old, metadata } : { metadata: {} }
    const managed = await managedForApply(target, old, managedFields)
    const id = identifierOf({
      manager: nameOf(manager),
      operation: 'Apply',
      apiVersion: target.apiVersion,
      subresource: target.subresource,
    })
    const write = {
      live: old ? bare : live,
      config,
      apiVersion: target.apiVersion,
      managers: managed.fields,
      manager: id,
    }
    const { object, managers } = await applyConfiguration(target.forms, { ...write, force }).catch((error: unknown) => {
      if (!(error instanceof ApplyConflicts)) throw error
      const left = manager === kubectl && old ? ownConflictsOut(target, error, old) : error.conflicts
      if (left.length > 0) throw applyConflict(left)
      return applyConfiguration(target.forms, { ...write, force: true })
    })
    const fields = new Map(managers)
    const own = strip(fields.get(id))
    if (own) fields.set(id, own)
    else fields.delete(id)
    const times = new Map(managed.times)
    if (!deepEqual(object, write.live)) times.set(id, now())
    const applied: KubeObject = { metadata: {}, ...Object(object) }
    // What is left of the object shares parts with the one that is there.
    applied.metadata = { ...applied.metadata }
    if (applied.metadata.annotations) applied.metadata.annotations = { ...applied.metadata.annotations }
    if (manager === kubectl) updateLastApplied(applied, config)
    setEntries(applied, encodeManaged(managed, fields, times))
    return applied
  }

  /** Who owns what before an apply; of an object without owners, all that is there has one then. */
  async function managedForApply(
    target: Target,
    old: DeepReadonly<KubeObject> | undefined,
    entries: readonly Entry[] | undefined,
  ): Promise<Managed> {
    const managed = readManaged(entries)
    if (managed.fields.size > 0 || !old) return managed
    return readManaged(await entriesAfter(target, undefined, old, nobody, beforeFirstApply))
  }

  return { target, track: trackWrite, update, apply }
}

/** The entries that count: those that the writer sent, or what is there where it sent none that make sense. */
function managedBefore(
  before: readonly Entry[] | undefined,
  sent: readonly Entry[] | undefined,
  subresource: boolean,
): Managed {
  if (subresource || sent === undefined || sent === before) return readManaged(before)
  if (isReset(sent)) return nobody
  if (deepEqual(sent, before)) return readManaged(before)
  try {
    return decodeManaged(sent)
  } catch {
    // As upstream: an update with broken entries leaves them as they were.
    return readManaged(before)
  }
}

function setEntries(object: KubeObject, entries: readonly Entry[] | undefined): void {
  if (entries === undefined || entries.length === 0) delete object.metadata.managedFields
  else object.metadata.managedFields = Object(entries)
}

function strip(versioned: VersionedSet | undefined): VersionedSet | undefined {
  if (!versioned) return undefined
  const set = difference(versioned.set, stripped)
  return isEmptySet(set) ? undefined : { ...versioned, set }
}

const nameOf = (manager: string): string => (manager === '' ? 'unknown' : manager)

function checkConfig({ apiVersion, kind, forms }: Target, config: DeepReadonly<KubeObject>): void {
  if (config.apiVersion !== apiVersion || config.kind !== kind) {
    throw badRequest(`invalid object type: ${typeText(config)}`)
  }
  if (config.metadata?.managedFields !== undefined && config.metadata.managedFields !== null) {
    throw badRequest('metadata.managedFields must be nil')
  }
  const errors = validateTyped(forms.schema(apiVersion) ?? {}, config)
  if (errors.length === 0) return
  const { namespace = '', name = '' } = config.metadata ?? {}
  throw internal(
    `failed to create typed patch object (${namespace}/${name}; ${typeText(config)}): ${joinErrors(errors)}`,
  )
}

/** `apps/v1, Kind=Deployment`, or `/v1, Kind=Pod`. */
function typeText(object: { readonly apiVersion?: unknown; readonly kind?: unknown }): string {
  const [apiVersion, kind] = [object.apiVersion, object.kind].map((text) => (typeof text === 'string' ? text : ''))
  return `${apiVersion?.includes('/') ? apiVersion : `/${apiVersion}`}, Kind=${kind}`
}

/** Upstream answers 500 without a reason here. */
function internal(message: string) {
  return statusErrorFrom({ metadata: {}, status: 'Failure', message, code: 500 })
}

function ownConflictsOut(target: Target, error: ApplyConflicts, old: DeepReadonly<KubeObject>) {
  const schema = target.forms.schema(target.apiVersion)
  return schema ? withoutOwnConflicts(error.conflicts, old, schema, target.apiVersion) : error.conflicts
}

/** The target of a write to a resource in the form in which it is served; `peers` are the other forms of its objects. */
function targetOf(served: Served, subresource: string, peers: () => readonly Served[]): Target {
  const { definition } = served
  const find = (apiVersion: string) =>
    apiVersion === apiVersionOf(definition.kind)
      ? served
      : peers().find((peer) => apiVersionOf(peer.definition.kind) === apiVersion)
  return {
    apiVersion: apiVersionOf(definition.kind),
    kind: definition.kind.kind,
    subresource,
    forms: {
      schema: (apiVersion) => schemaOf(find(apiVersion)),
      filter: (apiVersion) => {
        const found = find(apiVersion)
        return found && resetFields(found.definition, subresource)
      },
      convert: (object, from, to) => convert(object, find(from), find(to)),
      changing: definition.schema !== undefined,
    },
  }
}

function schemaOf(served: Served | undefined): ApplySchema | undefined {
  return served && (served.definition.schema?.applySchema ?? applySchemaOf(served.definition.kind.typeName))
}

function convert(object: unknown, from: Served | undefined, to: Served | undefined): unknown {
  if (from === to || !from || !to) return object
  const given: KubeObject = { metadata: {}, ...Object(object) }
  if (from.convert) return from.convert(given, apiVersionOf(to.definition.kind))
  const stored = from.definition.storedAs?.toStored(given) ?? given
  const converted = to.definition.storedAs?.fromStored(stored) ?? stored
  return { ...converted, apiVersion: apiVersionOf(to.definition.kind), kind: to.definition.kind.kind }
}
