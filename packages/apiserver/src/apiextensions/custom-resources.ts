import { CustomResourceDefinition } from '@wherry/api'
import { deepEqual, formatTime, isConflict, isNotFound } from '@wherry/apimachinery'
import { type Clock, type Logger, sleep } from '@wherry/component-base'
import type { Core } from '../registry/core.ts'
import type { Served } from '../registry/served.ts'
import { loopbackUser } from '../resources/loopback-user.ts'
import type { ResourceCache } from '../watch-cache/resource-cache.ts'
import { type Definition, isTrue } from './conditions.ts'
import { newCleanup } from './cleanup.ts'
import { buildVersions, type ServingDeps } from './serving.ts'
import { nextStatus } from './status.ts'

export interface CustomResourcesDeps extends ServingDeps {
  readonly core: Core
  readonly clock: Clock
  readonly logger: Logger
}

interface Entry {
  readonly definition: Definition
  readonly cache: ResourceCache
  /** By version, those that are not served included. */
  readonly versions: readonly Served[]
}

const retryAfter = 1000

/**
 * What makes CustomResourceDefinitions live. The definitions come from the watch cache itself: what a write has changed
 * is served when its writer gets the answer.
 *
 *     created → names settled, Established ──▶ served ──delete──▶ Terminating: instances go ──▶ gone
 *
 * As upstream: apiextensions-apiserver, `crdHandler` and its controllers.
 */
export class CustomResources {
  readonly #deps: CustomResourcesDeps
  readonly #entries = new Map<string, Entry>()
  readonly #due = new Set<string>()
  readonly #cleaning = new Map<string, Promise<void>>()
  #wake: () => void = () => {}

  constructor(deps: CustomResourcesDeps) {
    this.#deps = deps
  }

  /** Serves what is there. From now on every change of a definition is followed at once. Returns how to stop that. */
  start(): () => void {
    const { cache } = this.#deps.core.registry.of(CustomResourceDefinition)
    for (const object of cache.objects.range()) this.#follow(object.name)
    return cache.onChange(({ object }) => this.#follow(object.name))
  }

  /** Writes what the definitions' statuses must say, and deletes the instances of those that go. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake()
    signal.addEventListener('abort', wake, { once: true })
    while (!signal.aborted) {
      const [name] = this.#due
      if (name === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
          if (signal.aborted || this.#due.size > 0) resolve()
        })
        continue
      }
      this.#due.delete(name)
      await this.#reconcile(name, signal).catch((error: unknown) => this.#failed(name, error, signal))
    }
    signal.removeEventListener('abort', wake)
    await Promise.all(this.#cleaning.values())
  }

  /** Called for each change, before anybody else sees it: nothing here may wait. */
  #follow(name: string): void {
    const definition = this.#definitionOf(name)
    this.#serve(name, definition)
    this.#enqueue(name)
  }

  #definitionOf(name: string): Definition | undefined {
    return this.#deps.core.behaviours.store(CustomResourceDefinition).get({ name })
  }

  #serve(name: string, definition: Definition | undefined): void {
    const { core } = this.#deps
    const old = this.#entries.get(name)
    if (!definition || !isTrue(definition, 'Established')) {
      if (!old) return
      this.#entries.delete(name)
      core.registry.setCustom(name, [])
      core.watchCache.remove(old.cache)
      return
    }
    if (old && isServedAlike(old.definition, definition)) return
    const { cache, versions } = buildVersions(this.#deps, definition)
    this.#entries.set(name, { definition, cache, versions })
    const isServed = ({ definition: { kind } }: Served) =>
      definition.spec.versions.some((version) => version.name === kind.version && version.served)
    core.registry.setCustom(name, versions.filter(isServed))
    // What watchers have seen may look otherwise now: they begin anew, as upstream.
    if (old && !isShapedAlike(old.definition, definition)) cache.closeWatchers()
  }

  #enqueue(name: string): void {
    this.#due.add(name)
    this.#wake()
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<void> {
    const { core, clock } = this.#deps
    const store = core.behaviours.store(CustomResourceDefinition)
    const definition = this.#definitionOf(name)
    const all = store.list()
    if (!definition) return this.#reconsider(name, all)
    const next = nextStatus(definition, othersOf(definition, all), formatTime(clock.now()))
    if (next !== (definition.status ?? next)) {
      await store.update(
        { name },
        (object) => {
          object.status = Object(nextStatus(object, othersOf(object, store.list()), formatTime(clock.now())))
        },
        { user: loopbackUser, subresource: 'status' },
      )
      if (!deepEqual(next.acceptedNames, definition.status?.acceptedNames)) this.#reconsider(name, all)
    }
    if (definition.metadata.deletionTimestamp !== undefined) this.#cleanUp(name, signal)
  }

  /** A name may have become free: those that wait for one in the same group are looked at again. */
  #reconsider(name: string, all: readonly Definition[]): void {
    const group = name.slice(name.indexOf('.') + 1)
    for (const { metadata, spec } of all) {
      if (spec.group === group && metadata.name !== undefined && metadata.name !== name) this.#due.add(metadata.name)
    }
  }

  #cleanUp(name: string, signal: AbortSignal): void {
    if (this.#cleaning.has(name)) return
    const versions = () => this.#entries.get(name)?.versions ?? []
    const cleaned = newCleanup({ ...this.#deps, versions })(name, signal)
      .catch((error: unknown) => this.#failed(name, error, signal))
      .finally(() => this.#cleaning.delete(name))
    this.#cleaning.set(name, cleaned)
  }

  async #failed(name: string, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted || isNotFound(error)) return
    const { logger, clock } = this.#deps
    if (!isConflict(error)) logger.error('custom resource definition not reconciled', { name, error })
    await sleep(clock, retryAfter, signal).catch(() => undefined)
    this.#enqueue(name)
  }
}

function othersOf(definition: Definition, all: readonly Definition[]): Definition[] {
  const { group } = definition.spec
  return all.filter(({ metadata, spec }) => spec.group === group && metadata.name !== definition.metadata.name)
}

function isShapedAlike(a: Definition, b: Definition): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    deepEqual(a.spec, b.spec) &&
    deepEqual(a.status?.acceptedNames, b.status?.acceptedNames)
  )
}

function isServedAlike(a: Definition, b: Definition): boolean {
  return (
    isShapedAlike(a, b) &&
    a.metadata.deletionTimestamp === b.metadata.deletionTimestamp &&
    isTrue(a, 'Terminating') === isTrue(b, 'Terminating')
  )
}
