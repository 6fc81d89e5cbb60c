import type { KubeObject } from '@wherry/api'
import {
  alreadyExists,
  conflict,
  type DeepReadonly,
  deepClone,
  deepEqual,
  fieldInvalid,
  generateNameConflict,
  groupKind,
  groupResource,
  invalid,
  isStatusError,
  statusErrorFrom,
  notFound,
  optimisticLockMessage,
} from '@wherry/apimachinery'
import type { Clock } from '@wherry/component-base'
import type { Storage } from '@wherry/storage'

import { keepValidEntries } from '../field-manager/admitted.ts'
import type { FieldManager } from '../field-manager/field-manager.ts'
import { sameButForTimes } from '../field-manager/managed-entries.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import type { WatchCache } from '../watch-cache/watch-cache.ts'
import { type AdmissionChain, Attributes } from './admission-chain.ts'
import type { Behaviours } from './behaviours.ts'
import { type DeleteRequest, isFinished, planDelete } from './deletion.ts'
import { prepareForCreate, prepareForUpdate, validateCreate, validateUpdate } from './prepare.ts'
import type { ResourceDefinition, Rollback } from './resource.ts'
import {
  dedupOwnerReferences,
  fillSystemFields,
  generateName,
  matchNamespace,
  wipeSystemFields,
} from './system-fields.ts'
import { Turns } from './turns.ts'
import { type Change, cacheKey, factsOf, type Write } from './write.ts'

export interface PipelineDeps {
  readonly storage: Storage
  readonly watchCache: WatchCache
  readonly admission: AdmissionChain
  readonly behaviours: Behaviours
  readonly clock: Clock
  readonly random: () => number
  readonly fields: FieldManager
}

/** All writes. Objects come decoded and with defaults, in the form in which they are stored. */
export interface Pipeline {
  create(write: Write, object: KubeObject): Promise<CachedObject>
  update(write: Write, change: Change): Promise<{ object: CachedObject; created: boolean }>
  /** `deleted` is false for an object that finalizers or a grace period keep. */
  delete(write: Write, options: DeleteRequest): Promise<{ object: CachedObject; deleted: boolean }>
}

const maxNames = 8

/**
 * The path of every write, in Kubernetes' order: mutating admission → prepare → reserve → validate →
 * validating admission → storage. As upstream: registry/generic/registry/store.go.
 */
export function newPipeline(deps: PipelineDeps): Pipeline {
  const { storage, watchCache, admission, behaviours, clock, random, fields } = deps
  const turns = new Turns()

  async function create(write: Write, object: KubeObject, managed = false): Promise<CachedObject> {
    const { metadata } = object
    wipeSystemFields(metadata)
    if (metadata.resourceVersion) throw versionOnCreate()
    delete metadata.resourceVersion
    matchNamespace(metadata, write.key.namespace)
    dedupOwnerReferences(object, false, write)
    if (!managed) await fields.track(write, undefined, object)
    const attributes = new Attributes('CREATE', write.served.info, write, object)
    await admit(attributes, object, write)
    dedupOwnerReferences(object, true, write)
    await watchCache.fresh()
    const { stored, cache } = write.served
    const base = metadata.name ? undefined : metadata.generateName
    if (!base) return insert(write, object, attributes)
    for (let attempt = 1; ; attempt++) {
      metadata.name = generateName(base, random)
      if (!cache.get(cacheKey(nameOf(metadata)))) return insert(write, object, attributes)
      if (attempt === maxNames) throw generateNameConflict(groupResource(stored.kind), metadata.name, 1)
    }
  }

  /** The second half of a create, for an object that has its name. */
  async function insert(write: Write, object: KubeObject, attributes: Attributes): Promise<CachedObject> {
    const { stored, cache } = write.served
    const facts = factsOf(write, clock.now())
    matchNamespace(object.metadata, write.key.namespace)
    fillSystemFields(object.metadata, facts.now)
    prepareForCreate(stored, object, facts)
    return reserving(await stored.begin?.(object, undefined, behaviours, facts), async () => {
      const errors = validateCreate(stored, object)
      if (errors.length > 0) throw invalid(groupKind(stored.kind), object.metadata.name ?? '', errors)
      for (const warning of stored.warnings?.(object, undefined) ?? []) write.warn(warning)
      await admission.validate(attributes)
      const existing = cache.get(cacheKey(nameOf(object.metadata)))
      const created = existing ? undefined : await commit(write, object, 0)
      if (!created) throw taken(stored, object, existing)
      return created
    })
  }

  /** Mutating admission, which must not break managedFields. */
  async function admit(attributes: Attributes, object: KubeObject, write: Write): Promise<void> {
    const before = object.metadata.managedFields
    await admission.admit(attributes)
    if (object.metadata.managedFields !== before) keepValidEntries(object, before, write)
  }

  async function update(write: Write, change: Change): Promise<{ object: CachedObject; created: boolean }> {
    const first = await tryUpdate(write, change)
    if (first) return first
    // Others write the same object: those who must try again do so one after another.
    return turns.take(`${write.served.cache.spec.prefix}${cacheKey(write.key)}`, async () => {
      for (;;) {
        const result = await tryUpdate(write, change)
        if (result) return result
      }
    })
  }

  /** One read, change and write; undefined when another writer came between. */
  async function tryUpdate(write: Write, change: Change) {
    const { stored, cache } = write.served
    const name = write.key.name
    await watchCache.fresh()
    const current = cache.get(cacheKey(write.key))
    if (!current) return createOnUpdate(write, change)
    await write.served.prepare?.([current])
    const old = write.served.writtenOf(current)
    if (change.uid !== undefined && change.uid !== old.metadata.uid) throw uidMismatch(stored, name, change.uid, old)
    const object = await change.produce(old)
    matchNamespace(object.metadata, write.key.namespace)
    checkResourceVersion(stored, object, current)
    if (!change.managed) await fields.track(write, old, object)
    const attributes = new Attributes('UPDATE', write.served.info, write, object, old)
    await admit(attributes, object, write)
    dedupOwnerReferences(object, true, write)
    const facts = factsOf(write, clock.now())
    prepareForUpdate(stored, write.subresource, object, old, facts)
    const rollback = write.subresource === '' ? await stored.begin?.(object, old, behaviours, facts) : undefined
    return reserving(rollback, async () => {
      const errors = validateUpdate(stored, write.subresource, object, old)
      if (errors.length > 0) throw invalid(groupKind(stored.kind), name, errors)
      for (const warning of stored.warnings?.(object, old) ?? []) write.warn(warning)
      await admission.validate(attributes)
      if (isFinished(stored, object, old)) {
        if (!(await remove(write, current))) return undefined
        return { object: present(write, object, current.revision), created: false }
      }
      if (await changesNothing(write, object, old, current)) return { object: current, created: false }
      const updated = await commit(write, object, current.revision)
      if (updated && !write.dryRun) await stored.afterUpdate?.(updated.object(), old, behaviours)
      return updated && { object: updated, created: false }
    })
  }

  async function createOnUpdate(write: Write, change: Change) {
    const { stored } = write.served
    if (!stored.allowCreateOnUpdate && !change.createAbsent) throw notFound(groupResource(stored.kind), write.key.name)
    if (change.uid !== undefined) throw uidMismatch(stored, write.key.name, change.uid, undefined)
    const object = await change.produce(undefined)
    // What the writer has seen is gone, and whoever may make it anew need not say so: as upstream, `Store.Update`.
    delete object.metadata.resourceVersion
    change.authorizeCreate?.()
    try {
      return { object: await create(write, object, change.managed), created: true }
    } catch (error) {
      // Somebody else created it meanwhile: then it is an update after all.
      if (isStatusError(error) && error.reason === 'AlreadyExists') return undefined
      throw error
    }
  }

  async function deleteObject(write: Write, options: DeleteRequest) {
    const { stored, cache } = write.served
    for (;;) {
      await watchCache.fresh()
      const current = cache.get(cacheKey(write.key))
      if (!current) throw notFound(groupResource(stored.kind), write.key.name)
      await write.served.prepare?.([current])
      const old = write.served.writtenOf(current)
      const plan = planDelete(stored, deepClone(old), options, clock.now())
      if (plan.do === 'nothing') return { object: current, deleted: false }
      const attributes = new Attributes('DELETE', write.served.info, write, undefined, old)
      await admission.admit(attributes)
      await admission.validate(attributes)
      if (plan.do === 'remove') {
        const gone = await remove(write, current)
        if (gone) return { object: gone, deleted: true }
      } else {
        const marked = isSame(plan.object, old) ? current : await commit(write, plan.object, current.revision)
        if (marked) return { object: marked, deleted: false }
      }
    }
  }

  /** Writes the object if its key is still at the revision; undefined when it is not. */
  async function commit(write: Write, object: KubeObject, revision: number): Promise<CachedObject | undefined> {
    if (write.dryRun) return present(write, object, revision)
    const { cache } = write.served
    const { value, pending } = cache.encode(await storedForm(write, object))
    const key = `${cache.spec.prefix}${cacheKey(nameOf(object.metadata))}`
    const result = await storage.put(key, value, { revision })
    if (!('revision' in result)) return undefined
    await watchCache.reached(result.revision)
    return pending.cached ?? present(write, object, result.revision)
  }

  /** Removes the object if it is still at this revision: its last state, with the revision of the delete. */
  async function remove(write: Write, current: CachedObject): Promise<CachedObject | undefined> {
    if (write.dryRun) return current
    const { cache, stored } = write.served
    const result = await storage.delete(`${cache.spec.prefix}${current.key}`, { revision: current.revision })
    if (!('revision' in result)) return undefined
    await watchCache.reached(result.revision)
    await stored.afterDelete?.(current.object(), behaviours)
    return cache.entomb(current, result.revision)
  }

  return { create, update, delete: deleteObject }
}

/** The object in the form in which it is stored. */
async function storedForm({ served }: Write, object: KubeObject): Promise<KubeObject> {
  return served.toStorage ? served.toStorage(object) : object
}

/** Whether storage holds the object already: what it holds of custom resources may be older than their schema. */
async function changesNothing(
  write: Write,
  object: KubeObject,
  old: DeepReadonly<KubeObject>,
  current: CachedObject,
): Promise<boolean> {
  if (!isSame(object, old)) return false
  return !write.served.toStorage || isSame(await storedForm(write, object), current.object())
}

/** Does the work; undoes what was reserved for it when it fails, or when another writer came first. */
async function reserving<T>(rollback: Rollback | undefined, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work()
    if (result === undefined) await rollback?.()
    return result
  } catch (error) {
    await rollback?.()
    throw error
  }
}

/** An object that storage does not hold: the answer to a dry run, or a state that was never stored. */
function present(write: Write, object: KubeObject, revision: number): CachedObject {
  const { cache } = write.served
  if (revision > 0) object.metadata.resourceVersion = String(revision)
  return cache.loose(object, revision)
}

/** An update without resourceVersion takes what is there, where the kind allows it; a stale one is a conflict. */
function checkResourceVersion(stored: ResourceDefinition, object: KubeObject, current: CachedObject): void {
  const version = object.metadata.resourceVersion ?? ''
  const name = object.metadata.name ?? ''
  if (version === '' || version === '0') {
    if (stored.allowUnconditionalUpdate !== false) {
      object.metadata.resourceVersion = String(current.revision)
      return
    }
    const { group, resource } = stored.kind
    const error = fieldInvalid('metadata.resourceVersion', 0, 'must be specified for an update')
    throw invalid({ group, kind: resource }, name, [error])
  }
  if (version !== String(current.revision)) throw conflict(groupResource(stored.kind), name, optimisticLockMessage)
}

/** Whether a write would change nothing; the resourceVersion is not the writer's to change. */
function isSame(object: KubeObject, old: DeepReadonly<KubeObject>): boolean {
  const { resourceVersion, managedFields } = old.metadata
  // When somebody became an owner is no change by itself: upstream's IgnoreManagedFieldsTimestampsTransformer.
  if (!sameButForTimes(object.metadata.managedFields, managedFields)) return false
  return deepEqual({ ...object, metadata: { ...object.metadata, resourceVersion, managedFields } }, old)
}

function taken(stored: ResourceDefinition, object: KubeObject, existing: CachedObject | undefined) {
  const { name = '', generateName: base } = object.metadata
  if (base) return generateNameConflict(groupResource(stored.kind), name, 1)
  const error = alreadyExists(groupResource(stored.kind), name)
  if (!existing?.object().metadata.deletionTimestamp) return error
  return statusErrorFrom({ ...error.status, message: `object is being deleted: ${error.message}` })
}

/** Upstream answers 500 without a reason here. */
function versionOnCreate() {
  const message = 'resourceVersion should not be set on objects to be created'
  return statusErrorFrom({ metadata: {}, status: 'Failure', message, code: 500 })
}

function uidMismatch(stored: ResourceDefinition, name: string, uid: string, old: DeepReadonly<KubeObject> | undefined) {
  const cause = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old?.metadata.uid ?? ''}`
  return conflict(groupResource(stored.kind), name, cause)
}

const nameOf = ({ namespace, name = '' }: KubeObject['metadata']) => ({ namespace, name })
