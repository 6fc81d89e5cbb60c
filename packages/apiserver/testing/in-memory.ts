import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { APIServer } from '../src/index.ts'

/** A request as it would come from the network. */
export interface MemoryRequest {
  readonly method: string
  readonly url: string
  readonly headers?: readonly (readonly [name: string, value: string])[]
  readonly body?: Uint8Array
}

export interface MemoryAnswer {
  readonly status: number
  /** What came after the head, as it went on the wire; of an answer that lasts, what came by then. */
  readonly body: Buffer
  readonly headers: Readonly<Record<string, unknown>>
  /** Whether the answer had begun and was still going on when the client left, as a watch is. */
  readonly lasting: boolean
}

/** A connection whose other end keeps what it is sent. */
class MemorySocket extends Socket {
  readonly sent: Buffer[] = []

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: () => void): void {
    this.sent.push(bufferOf(chunk, encoding))
    done()
  }

  override _writev(chunks: { chunk: Buffer | string; encoding: BufferEncoding }[], done: () => void): void {
    for (const { chunk, encoding } of chunks) this.sent.push(bufferOf(chunk, encoding))
    done()
  }

  override _read(): void {}
}

function bufferOf(chunk: Buffer | string, encoding: BufferEncoding): Buffer {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

/** Headers that may stand once; the first one counts. */
const single: ReadonlySet<string> = new Set(['content-type', 'content-length', 'user-agent', 'authorization', 'host'])

function distinct(headers: NonNullable<MemoryRequest['headers']>): Record<string, string[]> {
  const found: Record<string, string[]> = {}
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    found[key] = [...(found[key] ?? []), value]
  }
  return found
}

function joined(headers: NodeJS.Dict<string[]>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, values = []]) => [
      name,
      single.has(name) ? (values[0] ?? '') : values.join(', '),
    ]),
  )
}

/** Tells when an answer has begun that will go on. */
class MemoryResponse extends ServerResponse {
  onBegin = (): void => {}

  override flushHeaders(): void {
    super.flushHeaders()
    this.onBegin()
  }
}

/**
 * Sends a request through all of a server but its sockets. Resolves when the answer is complete, or has begun and goes
 * on: its client is gone then.
 */
export async function callInMemory(server: APIServer, { method, url, headers, body }: MemoryRequest) {
  const socket = new MemorySocket()
  const request = new IncomingMessage(socket)
  request.method = method
  request.url = url
  request.httpVersionMajor = 1
  request.httpVersionMinor = 1
  const sent = body ? [...(headers ?? []), ['Content-Length', String(body.length)] as const] : (headers ?? [])
  request.rawHeaders = sent.flat()
  request.headersDistinct = distinct(sent)
  request.headers = joined(request.headersDistinct)
  if (body) request.push(body)
  request.complete = true
  request.push(null)
  const response = new MemoryResponse(request)
  response.assignSocket(socket)
  return new Promise<MemoryAnswer>((resolve) => {
    const answer = (lasting: boolean) => {
      const sent = Buffer.concat(socket.sent)
      const head = sent.indexOf('\r\n\r\n')
      resolve({
        status: response.statusCode,
        body: head < 0 ? Buffer.alloc(0) : sent.subarray(head + 4),
        headers: { ...response.getHeaders() },
        lasting,
      })
      socket.destroy()
    }
    // Others get their turn between requests, as they do between those of a network.
    response.once('finish', () => setImmediate(answer, false))
    response.once('close', () => answer(false))
    response.onBegin = () => {
      // What is ready is sent before the client leaves.
      setImmediate(() => {
        if (!response.writableEnded) answer(true)
        response.emit('close')
      })
    }
    server.listener.request(request, response)
  })
}
