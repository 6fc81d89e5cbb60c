import { APIService, CustomResourceDefinition } from '@wherry/api'
import { type DeepReadonly, deepEqual, isAlreadyExists, isConflict, isNotFound } from '@wherry/apimachinery'
import { type Clock, type Logger, sleep } from '@wherry/component-base'
import { serverUser } from '../authn/user-info.ts'
import { prioritiesOf } from '../discovery/group-priorities.ts'
import { servedResources } from '../discovery/served.ts'
import type { Core } from '../registry/core.ts'
import { localCondition } from '../resources/apiregistration/api-service.ts'
import { isAvailable, setAvailability } from './conditions.ts'

export interface LocalServicesDeps {
  readonly core: Core
  readonly clock: Clock
  readonly logger: Logger
}

/** Says who keeps an APIService: `onstart` for what the server is built with, `true` for what comes and goes. */
export const managedLabel = 'kube-aggregator.kubernetes.io/automanaged'

const retryAfter = 1000
const options = { user: serverUser }

/**
 * Keeps an APIService for each group version that the server has itself. Those that it is built with are written once a
 * start, and only where they are missing or differ; those of custom resources are kept true always. What others made or
 * relabelled is theirs.
 *
 * As upstream: kube-aggregator `autoRegisterController`, fed by `crdRegistrationController`.
 */
export class LocalServices {
  readonly #deps: LocalServicesDeps
  readonly #builtIn: ReadonlyMap<string, APIService>

  constructor(deps: LocalServicesDeps) {
    this.#deps = deps
    this.#builtIn = builtInServices(deps.core)
  }

  /** Writes what the server is built with, all at once. */
  async register(): Promise<void> {
    const wanted = this.#builtIn
    const stale = this.#store.list().filter(({ metadata }) => {
      return metadata.labels?.[managedLabel] === 'onstart' && !wanted.has(metadata.name ?? '')
    })
    await Promise.all([
      ...[...wanted.values()].map((service) => this.#put(service)),
      ...stale.map((service) => this.#remove(service)),
    ])
  }

  /** Follows the definitions until the signal is aborted. Several changes at a time are one look. */
  async run(signal: AbortSignal): Promise<void> {
    const { registry } = this.#deps.core
    let due = true
    let wake = () => {}
    const stir = () => {
      due = true
      wake()
    }
    const stops = [CustomResourceDefinition, APIService].map((kind) => registry.of(kind).cache.onChange(stir))
    signal.addEventListener('abort', stir, { once: true })
    while (!signal.aborted) {
      if (!due) await new Promise<void>((resolve) => (wake = resolve))
      if (signal.aborted) break
      due = false
      await this.#follow().catch((error: unknown) => this.#failed(error, stir, signal))
    }
    signal.removeEventListener('abort', stir)
    for (const stop of stops) stop()
  }

  get #store() {
    return this.#deps.core.behaviours.store(APIService)
  }

  async #follow(): Promise<void> {
    const wanted = this.#custom()
    const present = this.#store.list()
    const spurious = present.filter(({ metadata }) => {
      return metadata.labels?.[managedLabel] === 'true' && !wanted.has(metadata.name ?? '')
    })
    const unsaid = present.filter((service) => !service.spec?.service && !isAvailable(service))
    await Promise.all([
      ...[...wanted.values()].map((service) => this.#put(service)),
      ...spurious.map((service) => this.#remove(service)),
      ...unsaid.map((service) => this.#say(service)),
    ])
  }

  #custom(): Map<string, APIService> {
    const definitions = this.#deps.core.behaviours.store(CustomResourceDefinition).list()
    const services = definitions.flatMap(({ spec }) =>
      spec.versions.filter(({ served }) => served).map(({ name }) => aService(spec.group, name, 'true')),
    )
    const named = services.map((service) => [service.metadata.name ?? '', service] as const)
    return new Map(named.filter(([name]) => !this.#builtIn.has(name)))
  }

  async #put(wanted: APIService): Promise<void> {
    const { name = '' } = wanted.metadata
    const present = this.#store.get({ name })
    if (!present) {
      await this.#store.create(wanted, options).catch(unless(isAlreadyExists))
      return
    }
    const isManaged = (labels: DeepReadonly<APIService>['metadata']['labels']) => labels?.[managedLabel] !== undefined
    if (!isManaged(present.metadata.labels) || deepEqual(present.spec, wanted.spec)) return
    const change = (service: APIService) => {
      if (isManaged(service.metadata.labels) && wanted.spec) service.spec = { ...wanted.spec }
    }
    await this.#store.update({ name }, change, options).catch(unless(isNotFound))
  }

  async #remove({ metadata: { name = '', uid = '' } }: DeepReadonly<APIService>): Promise<void> {
    const gone = (error: unknown) => isNotFound(error) || isConflict(error)
    await this.#store.delete({ name }, { ...options, preconditions: { uid } }).catch(unless(gone))
  }

  async #say({ metadata: { name = '' } }: DeepReadonly<APIService>): Promise<void> {
    const now = this.#deps.clock.now()
    const change = (service: APIService) => {
      if (!service.spec?.service) setAvailability(service, localCondition(now))
    }
    await this.#store.update({ name }, change, { ...options, subresource: 'status' }).catch(unless(isNotFound))
  }

  async #failed(error: unknown, again: () => void, signal: AbortSignal): Promise<void> {
    const { logger, clock } = this.#deps
    if (signal.aborted) return
    logger.error('APIServices not registered', { error })
    await sleep(clock, retryAfter, signal).catch(() => undefined)
    again()
  }
}

function builtInServices({ registry }: Core): Map<string, APIService> {
  const own = servedResources(registry.definitions()).filter(({ definition }) => !definition?.schema)
  const services = own
    // The group of APIServices has none itself: it is there before all others.
    .filter(({ info }) => info.group !== APIService.group)
    .map(({ info: { group, version } }) => aService(group, version, 'onstart'))
  return new Map(services.map((service) => [service.metadata.name ?? '', service]))
}

function aService(group: string, version: string, managed: 'onstart' | 'true'): APIService {
  const { group: groupPriorityMinimum, version: versionPriority } = prioritiesOf(group, version)
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [managedLabel]: managed } },
    spec: { ...(group === '' ? {} : { group }), version, groupPriorityMinimum, versionPriority },
  }
}

/** Lets errors pass that are no failures. */
function unless(isFine: (error: unknown) => boolean): (error: unknown) => undefined {
  return (error) => {
    if (!isFine(error)) throw error
  }
}
