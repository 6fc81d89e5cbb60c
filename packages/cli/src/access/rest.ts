import type { IncomingMessage } from 'node:http'
import type { Kind } from '@wherry/api'
import { isBadRequest, isNotFound, isStatusError, statusErrorFrom } from '@wherry/apimachinery'
import { type Client, collectionPath, objectPath, type QueryValue, responseError } from '@wherry/client'
import type { Clock } from '@wherry/component-base'
import { CommandError } from '../errors.ts'
import { record, type Unstructured, unstructured } from '../objects/json.ts'

export type Query = Readonly<Record<string, QueryValue>>

export interface RestRequest {
  query?: Query
  accept?: string
  contentType?: string
  /** Sent as JSON, unless it is text. */
  body?: unknown
  signal?: AbortSignal
}

/** Names one object, of a kind that may only be known at run time. */
export interface ObjectRef {
  kind: Kind
  /** Empty for kinds without namespace. */
  namespace: string
  name: string
}

export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const

export type PatchType = keyof typeof patchTypes

export interface RestDeps {
  client: Client
  clock: Clock
  /** Takes a line for the user. */
  warn(text: string): void
  /** Ends streams that take longer, as the client ends requests; 0 is without limit. */
  timeoutMs: number
  /** Ends every request that has no signal of its own. */
  signal: AbortSignal
  /** How much to log, as -v says. */
  verbosity: number
  warningsAsErrors: boolean
}

/**
 * For `catch`: says in the server's message what was looked for. As upstream's resource.Selector, for what is wrong with the
 * request or not there.
 */
export function listFailure(kind: Kind, { labelSelector = '', fieldSelector = '' }: Query): (error: unknown) => never {
  return (error) => {
    if (!isStatusError(error) || !(isBadRequest(error) || isNotFound(error))) throw error
    const resource = JSON.stringify(`${kind.group === '' ? '' : kind.group}/${kind.version}, Resource=${kind.resource}`)
    const selectors = `label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}`
    const what =
      labelSelector || fieldSelector
        ? `Unable to find ${resource} that match ${selectors}`
        : `Unable to list ${resource}`
    throw statusErrorFrom({ ...error.status, message: `${what}: ${error.message}` }, { cause: error })
  }
}

/** A stream took longer than --request-timeout allows. */
export class StreamTimeout extends Error {
  override readonly name = 'StreamTimeout'

  constructor() {
    super('net/http: request canceled (Client.Timeout or context cancellation while reading body)')
  }
}

/**
 * Requests of objects without types. Warnings of the server go to the user; answers of 4xx and 5xx are thrown as
 * `StatusError`.
 */
export class Rest {
  readonly #deps: RestDeps
  #warnings = 0

  constructor(deps: RestDeps) {
    this.#deps = deps
  }

  /** Sends a request and returns the answer as it came, failures apart. */
  async send(method: string, path: string, request: RestRequest = {}, subject: { kind?: Kind; name?: string } = {}) {
    const started = this.#deps.clock.now()
    const { accept, contentType, body, query, signal = this.#deps.signal } = request
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const headers = {
      ...(accept !== undefined && { accept }),
      ...(text !== undefined && { 'content-type': contentType ?? 'application/json' }),
    }
    const response = await this.#deps.client.request({
      method,
      path,
      headers,
      ...(query && { query }),
      ...(text !== undefined && { body: text }),
      signal,
    })
    this.#log(method, path, query, response.status, started, text, response.body)
    this.#showWarnings(response.headers.warning)
    if (response.status >= 400) {
      throw responseError(response, { method: method.toLowerCase(), ...subject })
    }
    return response
  }

  async json(method: string, path: string, request: RestRequest = {}, subject: { kind?: Kind; name?: string } = {}) {
    const { body } = await this.send(method, path, request, subject)
    const answer: unknown = body.length === 0 ? {} : JSON.parse(body.toString('utf8'))
    return answer
  }

  async get(
    { kind, namespace, name }: ObjectRef,
    request: RestRequest & { subresource?: string } = {},
  ): Promise<Unstructured> {
    const path = objectPath(kind, { namespace, name }, request.subresource)
    return this.#object(await this.json('GET', path, request, { kind, name }), kind)
  }

  /** Every object of a kind in a namespace, or in all of them; fetched in pieces where `chunk` says so. */
  async list(kind: Kind, namespace: string, query: Query = {}, chunk = 0): Promise<Unstructured[]> {
    const found: Unstructured[] = []
    let next: string | undefined
    do {
      const path = collectionPath(kind, namespace)
      const paging = { ...(chunk > 0 && { limit: chunk }), ...(next && { continue: next }) }
      const answer = await this.json('GET', path, { query: { ...query, ...paging } }, { kind }).catch(
        listFailure(kind, query),
      )
      const page = record(answer)
      const items = Array.isArray(page.items) ? page.items : []
      for (const item of items) found.push(this.#object(item, kind))
      const token = record(page.metadata).continue
      next = typeof token === 'string' && token !== '' ? token : undefined
    } while (next)
    return found
  }

  async create(kind: Kind, namespace: string, object: unknown, query: Query = {}): Promise<Unstructured> {
    const name = record(record(object).metadata).name
    const subject = { kind, ...(typeof name === 'string' && { name }) }
    return this.#object(
      await this.json('POST', collectionPath(kind, namespace), { query, body: object }, subject),
      kind,
    )
  }

  async replace(
    { kind, namespace, name }: ObjectRef,
    object: unknown,
    query: Query = {},
    subresource?: string,
  ): Promise<Unstructured> {
    const path = objectPath(kind, { namespace, name }, subresource)
    return this.#object(await this.json('PUT', path, { query, body: object }, { kind, name }), kind)
  }

  async patch(
    { kind, namespace, name }: ObjectRef,
    type: PatchType,
    patch: unknown,
    query: Query = {},
    subresource?: string,
  ): Promise<Unstructured> {
    const path = objectPath(kind, { namespace, name }, subresource)
    const request = { query, body: patch, contentType: patchTypes[type] }
    return this.#object(await this.json('PATCH', path, request, { kind, name }), kind)
  }

  /** Deletes; returns the object or status that the server answers. */
  async delete({ kind, namespace, name }: ObjectRef, options: unknown): Promise<Unstructured> {
    const path = objectPath(kind, { namespace, name })
    return unstructured(await this.json('DELETE', path, { body: options }, { kind, name }))
  }

  /** Lines of a watch or bytes of a log: the answer's body as it comes. */
  async stream(
    path: string,
    request: RestRequest = {},
    subject: { kind?: Kind; name?: string } = {},
  ): Promise<IncomingMessage> {
    const { accept, query, signal = this.#deps.signal } = request
    const started = this.#deps.clock.now()
    const response = await this.#deps.client.stream({
      method: 'GET',
      path,
      ...(query && { query }),
      ...(accept !== undefined && { headers: { accept } }),
      signal,
    })
    const status = response.statusCode ?? 0
    this.#log('GET', path, query, status, started)
    this.#showWarnings(response.headers.warning)
    if (status < 400) return this.#limited(response)
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    throw responseError(
      { status, headers: response.headers, body: Buffer.concat(chunks) },
      { method: 'get', ...subject },
    )
  }

  /** As Go's client: a timeout holds for reading the answer too. */
  #limited(response: IncomingMessage): IncomingMessage {
    const { timeoutMs, clock } = this.#deps
    if (timeoutMs <= 0) return response
    const cancel = clock.setTimer(timeoutMs, () => response.destroy(new StreamTimeout()))
    response.once('close', cancel)
    return response
  }

  /** Throws when the server has warned and warnings count as errors. */
  checkWarnings(): void {
    if (!this.#deps.warningsAsErrors || this.#warnings === 0) return
    throw new CommandError(this.#warnings === 1 ? '1 warning received' : `${this.#warnings} warnings received`)
  }

  /** Items of lists come without a kind of their own. */
  #object(value: unknown, kind: Kind): Unstructured {
    const object = unstructured(value)
    if (object.kind !== undefined && object.apiVersion !== undefined) return object
    const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`
    const { apiVersion: _version, kind: _kind, ...rest } = object
    return { apiVersion, kind: kind.kind, ...rest, metadata: object.metadata }
  }

  /** `299 - "text"`, several of them with commas between. */
  #showWarnings(header: string | string[] | undefined): void {
    const lines = header === undefined ? [] : Array.isArray(header) ? header : [header]
    for (const line of lines) {
      for (const [, text = ''] of line.matchAll(/\b\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)) {
        this.#warnings++
        this.#deps.warn(`Warning: ${text.replace(/\\(.)/g, '$1')}\n`)
      }
    }
  }

  #log(
    method: string,
    path: string,
    query: Query | undefined,
    status: number,
    started: number,
    sent?: string,
    got?: Buffer,
  ): void {
    if (this.#deps.verbosity < 6) return
    const ms = this.#deps.clock.now() - started
    const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
    const search = pairs.length === 0 ? '' : `?${pairs.map(([key, value]) => `${key}=${value}`).join('&')}`
    this.#deps.warn(`"Response" verb="${method}" url="${path}${search}" status=${status} milliseconds=${ms}\n`)
    if (this.#deps.verbosity < 8) return
    if (sent !== undefined) this.#deps.warn(`"Request Body" body=${JSON.stringify(sent)}\n`)
    if (got !== undefined)
      this.#deps.warn(`"Response Body" body=${JSON.stringify(got.toString('utf8').slice(0, 10_240))}\n`)
  }
}
