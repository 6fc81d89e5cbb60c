import { Event, type KubeObject } from '@wherry/api'
import {
  type DeepReadonly,
  formatTime,
  hasStatusCause,
  isAlreadyExists,
  isDNS1123Subdomain,
  isNotFound,
  isStatusError,
} from '@wherry/apimachinery'
import { type Clock, type Logger, newBackoff, type Random, realRandom, sleep } from '@wherry/component-base'
import type { Client } from '../rest/client.ts'
import { EventCorrelator } from './correlator.ts'

export interface EventRecorderDeps {
  client: Client
  clock: Clock
  logger: Logger
  /** Who reports, such as `kubelet`. */
  component: string
  /** The node that it reports from. */
  host?: string
  random?: Random
  /** Aborted: what is still to be written is dropped. */
  signal?: AbortSignal
}

export interface EventOptions {
  /** The part of the object that it is about, such as `spec.containers{web}`. */
  fieldPath?: string
  annotations?: Record<string, string>
  /** Another object that has a part in it. */
  related?: DeepReadonly<KubeObject>
}

/** Tells users what happens to objects, as Events of the API. */
export interface EventRecorder {
  /**
   * Never throws and never waits: the event is written in the background, in order. It may be counted as a repetition,
   * combined with similar ones or, when there are too many, dropped. The object must have its `apiVersion` and `kind`.
   */
  event(
    object: DeepReadonly<KubeObject>,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options?: EventOptions,
  ): void
  /** Resolves once everything reported until now is written or dropped. */
  drained(): Promise<void>
}

/** As client-go. */
const maxQueued = 1000

/** Soon at first, because components start beside the API server; in all for as long as client-go, two minutes. */
const retries = { initialMs: 100, maxMs: 10_000, jitter: 0.5 }
const maxTries = 18

/** As client-go: tools/record. */
export function newEventRecorder(deps: EventRecorderDeps): EventRecorder {
  return new Recorder(deps)
}

class Recorder implements EventRecorder {
  readonly #deps: EventRecorderDeps
  readonly #correlator: EventCorrelator
  readonly #queue: Event[] = []
  #writing: Promise<void> | undefined
  #lastNanos = 0n

  constructor(deps: EventRecorderDeps) {
    this.#deps = deps
    this.#correlator = new EventCorrelator(deps.clock, (object) => this.#eventName(object))
  }

  event(
    object: DeepReadonly<KubeObject>,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    options: EventOptions = {},
  ): void {
    const { logger, signal } = this.#deps
    if (signal?.aborted) return
    if (!object.kind || !object.apiVersion || !object.metadata.name) {
      logger.error('could not construct reference, will not report event', { reason, note: message })
      return
    }
    if (this.#queue.length >= maxQueued) {
      logger.error('too many queued events, dropped event', { reason, note: message })
      return
    }
    this.#queue.push(this.#make(object, type, reason, message, options))
    this.#writing ??= this.#writeAll()
  }

  async drained(): Promise<void> {
    await this.#writing
  }

  #make(
    object: DeepReadonly<KubeObject>,
    type: string,
    reason: string,
    message: string,
    { fieldPath, annotations, related }: EventOptions,
  ): Event {
    const { clock, component, host } = this.#deps
    const { name = '', namespace } = object.metadata
    const time = formatTime(clock.now())
    return {
      apiVersion: 'v1',
      kind: 'Event',
      // Events of objects without a namespace are kept in the one called default.
      metadata: { name: this.#eventName(name), namespace: namespace || 'default', ...(annotations && { annotations }) },
      involvedObject: { ...referenceTo(object), ...(fieldPath && { fieldPath }) },
      reason,
      message,
      source: { component, ...(host && { host }) },
      firstTimestamp: time,
      lastTimestamp: time,
      count: 1,
      type,
      ...(related && { related: referenceTo(related) }),
      reportingComponent: component,
      reportingInstance: host ?? '',
    }
  }

  /** `<object>.<hexadecimal nanoseconds>`, where that is a name; never the same twice. */
  #eventName(object: string): string {
    const now = BigInt(Math.trunc(this.#deps.clock.now())) * 1_000_000n
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos + 1n
    const name = `${object}.${this.#lastNanos.toString(16)}`
    return isDNS1123Subdomain(name).length === 0 ? name : `event.${this.#lastNanos.toString(16)}`
  }

  async #writeAll(): Promise<void> {
    // Lets the caller finish what it does before anything is sent.
    await Promise.resolve()
    for (let event = this.#queue.shift(); event; event = this.#queue.shift()) {
      const result = this.#correlator.correlate(event)
      if (!result.skip) await this.#write(result.event, result.again)
    }
    this.#writing = undefined
  }

  async #write(event: Event, again: boolean): Promise<void> {
    const { clock, logger, random = realRandom, signal } = this.#deps
    const about = { reason: event.reason, object: event.involvedObject.name }
    const backoff = newBackoff({ ...retries, clock, random })
    for (let tries = 1; !signal?.aborted; tries++) {
      try {
        this.#correlator.update(await this.#send(event, again))
        return
      } catch (error) {
        if (signal?.aborted) return
        if (isStatusError(error)) {
          const usual = isAlreadyExists(error) || hasStatusCause(error, 'NamespaceTerminating')
          logger[usual ? 'debug' : 'error']('server rejected event, will not retry', { ...about, error })
          return
        }
        if (tries >= maxTries) {
          logger.error('unable to write event, retry limit exceeded', { ...about, error })
          return
        }
        await sleep(clock, backoff.next(), signal).catch(() => undefined)
      }
    }
  }

  async #send(event: Event, again: boolean): Promise<Event> {
    const { client, signal } = this.#deps
    const { name = '', namespace = '' } = event.metadata
    if (again) {
      const { count, lastTimestamp, message } = event
      const patch = { count, lastTimestamp, message }
      try {
        return await client.patch(Event, { namespace, name }, patch, { type: 'strategic', signal })
      } catch (error) {
        // Events do not live long: the one to count on may be gone.
        if (!isNotFound(error)) throw error
      }
    }
    const { resourceVersion: _, ...metadata } = event.metadata
    return client.create(Event, { ...event, metadata }, { signal })
  }
}

function referenceTo({ apiVersion, kind, metadata }: DeepReadonly<KubeObject>) {
  const { namespace, name, uid, resourceVersion } = metadata
  return {
    kind,
    ...(namespace && { namespace }),
    name,
    ...(uid && { uid }),
    apiVersion,
    ...(resourceVersion && { resourceVersion }),
  }
}
