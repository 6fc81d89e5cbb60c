import { APIService, EndpointSlice, Service } from '@wherry/api'
import { type DeepReadonly, deepEqual, formatTime, isNotFound } from '@wherry/apimachinery'
import type { Logger } from '@wherry/component-base'
import { serverUser } from '../authn/user-info.ts'
import type { RemoteVersion } from '../discovery/remote-versions.ts'
import type { Delegation } from '../http/delegation.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Core } from '../registry/core.ts'
import { checkBackend, type Finding, passed, unavailable } from './backend-check.ts'
import { availability, isAvailable, setAvailability } from './conditions.ts'
import { ExtensionServer, type ExtensionServerDeps } from './extension-server.ts'
import { passOn, refuse } from './proxy.ts'
import { aggregatorUser, fetchDocuments, type RemoteDocuments } from './remote-documents.ts'

export interface RemoteServicesDeps extends ExtensionServerDeps {
  readonly core: Core
  readonly logger: Logger
}

interface Entry {
  readonly server: ExtensionServer
  service: DeepReadonly<APIService>
  documents: RemoteDocuments | undefined
  /** Whether `documents` is what the server says now. */
  isCurrent: boolean
  checking: boolean
  due: boolean
  failures: number
  cancel: () => void
}

/** How often a server that answers is looked at again (upstream: `discoveryRefreshInterval`). */
const refreshInterval = 60_000
const firstRetry = 100
const lastRetry = 30_000
/** One answer is enough: other endpoints may be the ones that are ill. */
const attempts = 5

/**
 * The group versions that servers behind Services have. What an APIService says counts from the moment it is written;
 * whether its server is there is found out beside it, and said in its condition `Available`.
 *
 *     written → due → objects looked at → asked → condition and documents → due again after a while
 *
 * As upstream: kube-aggregator `APIAggregator`, with its controllers of availability, discovery and OpenAPI.
 */
export class RemoteServices implements Delegation {
  readonly #deps: RemoteServicesDeps
  readonly #entries = new Map<string, Entry>()
  readonly #checks = new Set<Promise<void>>()
  #versions: readonly RemoteVersion[] = []
  #running = false

  constructor(deps: RemoteServicesDeps) {
    this.#deps = deps
  }

  /** All of them as discovery tells; another array whenever something has changed. */
  get versions(): readonly RemoteVersion[] {
    return this.#versions
  }

  /** Where their OpenAPI v3 documents are, by the names in the index. */
  get openAPIPaths(): Record<string, object> {
    const known = [...this.#entries.values()].flatMap(({ service: { spec }, documents, isCurrent }) => {
      if (!isCurrent || !documents?.openAPI) return []
      return [[`apis/${spec?.group}/${spec?.version}`, documents.openAPI] as const]
    })
    return Object.fromEntries(known)
  }

  /** Serves what is there. From now on every change of an APIService is followed at once. Returns how to stop that. */
  start(): () => void {
    const { registry } = this.#deps.core
    for (const { metadata } of this.#store.list()) this.#follow(metadata.name ?? '')
    const stops = [
      registry.of(APIService).cache.onChange(({ object }) => this.#follow(object.name)),
      registry.of(Service).cache.onChange(({ object }) => this.#stirBehind(object.namespace, object.name)),
      registry.of(EndpointSlice).cache.onChange(({ object }) => {
        this.#stirBehind(object.namespace, object.labels?.['kubernetes.io/service-name'] ?? '')
      }),
    ]
    return () => {
      for (const stop of stops) stop()
      for (const { server } of this.#entries.values()) server.close()
    }
  }

  /** Looks after the servers until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#running = true
    for (const entry of this.#entries.values()) this.#stir(entry)
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
      if (signal.aborted) resolve()
    })
    this.#running = false
    for (const { cancel, server } of this.#entries.values()) {
      cancel()
      server.close()
    }
    await Promise.all(this.#checks)
  }

  handlerOf({ path }: { readonly path: string }): ((exchange: Exchange) => Promise<void>) | undefined {
    const entry = this.#entryOf(path)
    if (!entry) return undefined
    return async (exchange) => {
      if (!isAvailable(entry.service)) return refuse(exchange.response, 'service unavailable')
      await passOn(entry.server, exchange)
    }
  }

  get #store() {
    return this.#deps.core.behaviours.store(APIService)
  }

  #entryOf(path: string): Entry | undefined {
    const [, root, first = '', second = '', third = '', fourth = ''] = path.split('/')
    if (root === 'apis') return this.#entries.get(`${second}.${first}`)
    if (root === 'api') return this.#entries.get(`${first}.`)
    if (root !== 'openapi' || first !== 'v3' || second !== 'apis') return undefined
    const entry = this.#entries.get(`${fourth}.${third}`)
    return entry?.documents?.openAPI ? entry : undefined
  }

  /** Called for each change, before anybody else sees it: nothing here may wait. */
  #follow(name: string): void {
    const service = this.#store.get({ name })
    const old = this.#entries.get(name)
    const same = old && service && deepEqual(old.service.spec, service.spec)
    if (same && old.service.metadata.uid === service.metadata.uid) {
      old.service = service
      return
    }
    old?.cancel()
    old?.server.close()
    this.#entries.delete(name)
    if (service?.spec?.service) {
      const entry: Entry = {
        server: new ExtensionServer(this.#deps, service.spec),
        service,
        documents: undefined,
        isCurrent: false,
        checking: false,
        due: false,
        failures: 0,
        cancel: () => {},
      }
      this.#entries.set(name, entry)
      this.#stir(entry)
    } else if (!old) return
    this.#publish()
  }

  #publish(): void {
    this.#versions = [...this.#entries.values()].map(({ service: { spec }, documents, isCurrent }) => ({
      group: spec?.group ?? '',
      version: spec?.version ?? '',
      groupPriority: spec?.groupPriorityMinimum ?? 0,
      versionPriority: spec?.versionPriority ?? 0,
      resources: isCurrent ? documents?.resources : undefined,
    }))
  }

  #stirBehind(namespace: string, name: string): void {
    for (const entry of this.#entries.values()) {
      const { ref } = entry.server
      if (ref.name === name && ref.namespace === namespace) this.#stir(entry)
    }
  }

  #stir(entry: Entry): void {
    entry.due = true
    entry.cancel()
    if (!this.#running || entry.checking) return
    const check = this.#lookAt(entry).finally(() => this.#checks.delete(check))
    this.#checks.add(check)
  }

  /** Looks until nothing has happened meanwhile, and sets the time of the next look. */
  async #lookAt(entry: Entry): Promise<void> {
    const { clock, logger } = this.#deps
    entry.checking = true
    let isWell = false
    while (entry.due && this.#isCurrent(entry)) {
      entry.due = false
      isWell = await this.#check(entry).catch((error: unknown) => {
        if (this.#running) logger.error('APIService not checked', { name: entry.service.metadata.name, error })
        return false
      })
    }
    entry.checking = false
    if (!this.#isCurrent(entry)) return
    entry.failures = isWell ? 0 : entry.failures + 1
    const wait = isWell ? refreshInterval : Math.min(lastRetry, firstRetry * 2 ** Math.min(entry.failures, 10))
    entry.cancel = clock.setTimer(wait, () => this.#stir(entry))
  }

  #isCurrent(entry: Entry): boolean {
    return this.#running && this.#entries.get(entry.service.metadata.name ?? '') === entry
  }

  /** Resolves whether there is nothing to look at again soon. */
  async #check(entry: Entry): Promise<boolean> {
    const finding = this.#problem(entry) ?? (await probe(entry))
    let isCurrent = false
    if (finding.status === 'True') {
      const { group = '', version = '' } = entry.service.spec ?? {}
      const fetched = await fetchDocuments(entry.server, { group, version }, entry.documents).catch(() => undefined)
      isCurrent = fetched !== undefined
      if (fetched) entry.documents = fetched
    }
    if (!this.#isCurrent(entry)) return true
    entry.isCurrent = isCurrent
    this.#publish()
    await this.#say(entry, finding)
    // Who waits for objects is stirred by them.
    return isCurrent || (finding.status !== 'True' && finding.reason !== 'FailedDiscoveryCheck')
  }

  #problem({ server: { ref } }: Entry): Finding | undefined {
    const { behaviours } = this.#deps.core
    const service = behaviours.store(Service).get({ namespace: ref.namespace, name: ref.name })
    if (!service) return checkBackend(ref, undefined, [])
    const slices = behaviours
      .store(EndpointSlice)
      .list(ref.namespace)
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === ref.name)
    return checkBackend(ref, service, slices)
  }

  async #say({ service, server }: Entry, finding: Finding): Promise<void> {
    const old = availability(service)
    if (old?.status === finding.status && old.reason === finding.reason && old.message === finding.message) return
    const condition = { type: 'Available', lastTransitionTime: formatTime(this.#deps.clock.now()), ...finding }
    const change = (object: APIService) => {
      const { name, namespace } = object.spec?.service ?? {}
      // It may lead elsewhere by now.
      if (name === server.ref.name && namespace === server.ref.namespace) setAvailability(object, condition)
    }
    const options = { user: serverUser, subresource: 'status' }
    await this.#store.update({ name: service.metadata.name ?? '' }, change, options).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }
}

/** Asks for what every extension server must have: once, and where that fails several times at once. */
async function probe({ server, service: { spec } }: Entry): Promise<Finding> {
  const { group = '', version = '' } = spec ?? {}
  const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  const ask = async () => {
    const { status, url } = await server.get(path, aggregatorUser)
    if (status < 200 || status >= 300) {
      throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${status}`)
    }
    return passed
  }
  try {
    return await ask()
  } catch {
    const others = Array.from({ length: attempts - 1 }, ask)
    return Promise.any(others).catch((error: unknown) => {
      const last: unknown = error instanceof AggregateError ? error.errors.at(-1) : error
      return unavailable('FailedDiscoveryCheck', last instanceof Error ? last.message : String(last))
    })
  }
}
