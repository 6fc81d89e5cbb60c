import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { createInterface } from 'node:readline'
import type { KubeObject, Status } from '@wherry/api'
import type { TestServer } from '../testing/index.ts'

export interface Answer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
  body: Buffer
  /** The body, where it is JSON. */
  json: Record<string, unknown> & { metadata: Record<string, unknown>; items: KubeObject[] } & Status
}

/** One request as it goes on the wire, without a client's retries; an object is sent as JSON. */
export async function call(
  server: TestServer,
  method: string,
  path: string,
  body?: object | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const type: Record<string, string> =
    sent === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(sent)) }
  const outgoing = request(`${server.url}${path}`, {
    method,
    agent: false,
    headers: { accept: 'application/json', ...type, ...headers },
  })
  outgoing.end(sent)
  const [answer]: IncomingMessage[] = await once(outgoing, 'response')
  if (!answer) throw new Error('no answer came')
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  const whole = Buffer.concat(chunks)
  const text = whole.toString('utf8')
  const isPlain = answer.headers['content-encoding'] === undefined && text !== ''
  const isJSON = isPlain && /json/.test(String(answer.headers['content-type']))
  return {
    status: answer.statusCode ?? 0,
    headers: answer.headers,
    text,
    body: whole,
    json: isJSON ? JSON.parse(text) : {},
  }
}

export interface Seen {
  type: string
  object: KubeObject & { data?: Record<string, string> }
}

/** A watch over chunked HTTP whose events are taken one by one. */
export class OpenWatch {
  readonly response: IncomingMessage
  readonly #lines: AsyncIterator<string>

  private constructor(response: IncomingMessage) {
    this.response = response
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]()
  }

  static async open(server: TestServer, path: string, headers: Record<string, string> = {}): Promise<OpenWatch> {
    const [pathname = '', search = ''] = path.split('?')
    const query = Object.fromEntries(new URLSearchParams(`watch=true&${search}`))
    const stream = await server.client.stream({ method: 'GET', path: pathname, query, headers })
    return new OpenWatch(stream)
  }

  /** The next event; undefined at the end of the watch. */
  async next(): Promise<Seen | undefined> {
    const { value, done } = await this.#lines.next()
    return done ? undefined : JSON.parse(value)
  }

  async take(count: number): Promise<Seen[]> {
    const events: Seen[] = []
    while (events.length < count) {
      const event = await this.next()
      if (!event) throw new Error(`the watch ended after ${events.length} of ${count} events`)
      events.push(event)
    }
    return events
  }

  close(): void {
    this.response.destroy()
  }
}

/** What an event says, in short: `ADDED a 12`. */
export const brief = ({ type, object }: Seen): string =>
  [type, object.metadata.name, object.metadata.resourceVersion].filter(Boolean).join(' ')
