import type { Readable, Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { isStatusError } from '@wherry/apimachinery'
import { type Client, type QueryValue, UpgradeRefused } from '@wherry/client'
import { isObject, list, text } from '../objects/json.ts'
import { CommandError } from '../errors.ts'
import type { TerminalSize } from './terminal.ts'

/** The channels of a remote command; each message begins with one of them. */
const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** The newest first; only the fifth version can say that standard input has ended. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io']

export interface RemoteStreams {
  stdin?: Readable
  stdout?: Writable
  /** Absent with a terminal, which has one output for both. */
  stderr?: Writable
  /** Subscribes to the terminal's size. */
  onSize?: (tell: (size: TerminalSize) => void) => () => void
  /** Ends the session when typed. */
  detachKeys?: Buffer
}

export interface RemoteRequest extends RemoteStreams {
  client: Client
  path: string
  query: Readonly<Record<string, QueryValue>>
  signal: AbortSignal
}

/** How a remote command ended: its exit code, or that the user left it. */
export type RemoteEnd = { kind: 'exited'; code: number } | { kind: 'detached' }

/**
 * Runs exec or attach over a WebSocket until the other side ends it. Output is written no faster than it is taken; input is read no
 * faster than it is sent. Throws where the server refuses or the command could not be run.
 */
export async function runRemote(request: RemoteRequest): Promise<RemoteEnd> {
  const { client, path, query, signal, onSize } = request
  const socket = await client.webSocket(path, query, protocols, signal).catch((error: unknown) => {
    if (isStatusError(error)) throw new CommandError(`unable to upgrade connection: ${error.message}`, { cause: error })
    if (!(error instanceof UpgradeRefused) || error.body === '') throw error
    throw new CommandError(`unable to upgrade connection: ${error.body}`, { cause: error })
  })
  const session = new Session(socket, request)
  const endSizes = onSize?.((size) => session.resize(size))
  try {
    return await session.run()
  } finally {
    endSizes?.()
    socket.close()
  }
}

class Session {
  readonly #socket: WebSocket
  readonly #streams: RemoteStreams
  readonly #signal: AbortSignal
  #status: unknown
  #detached = false
  /** Writes under way: the socket is paused while there are any. */
  #waiting = 0

  constructor(socket: WebSocket, { signal, ...streams }: RemoteRequest) {
    this.#socket = socket
    this.#streams = streams
    this.#signal = signal
  }

  async run(): Promise<RemoteEnd> {
    const input = new AbortController()
    const closed = new Promise<void>((resolve, reject) => {
      this.#socket.on('message', (data) => this.#receive(toBuffer(data)))
      this.#socket.once('close', () => resolve())
      this.#socket.once('error', reject)
      this.#signal.addEventListener('abort', () => reject(this.#signal.reason), { once: true })
    })
    const sending = this.#sendInput(input.signal)
    try {
      await closed
    } finally {
      input.abort()
      await sending
    }
    if (this.#detached) return { kind: 'detached' }
    return endOf(this.#status)
  }

  resize({ columns, rows }: TerminalSize): void {
    this.#send(channel.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows })))
  }

  #receive(message: Buffer): void {
    const data = message.subarray(1)
    switch (message[0]) {
      case channel.stdout:
        this.#write(this.#streams.stdout, data)
        break
      case channel.stderr:
        this.#write(this.#streams.stderr, data)
        break
      case channel.error:
        this.#status = parseStatus(data)
        break
    }
  }

  #write(out: Writable | undefined, data: Buffer): void {
    if (!out || data.length === 0 || out.write(data)) return
    this.#waiting++
    this.#socket.pause()
    out.once('drain', () => {
      this.#waiting--
      if (this.#waiting === 0) this.#socket.resume()
    })
  }

  async #sendInput(ended: AbortSignal): Promise<void> {
    const { stdin, detachKeys } = this.#streams
    if (!stdin) return
    let typed = Buffer.alloc(0)
    for await (const chunk of untilAborted(stdin, ended)) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      if (detachKeys && detachKeys.length > 0) {
        typed = Buffer.concat([typed, bytes]).subarray(-detachKeys.length)
        if (typed.equals(detachKeys)) {
          this.#detached = true
          this.#socket.close()
          return
        }
      }
      await this.#send(channel.stdin, bytes)
    }
    if (this.#socket.protocol === protocols[0]) await this.#send(channel.close, Buffer.from([channel.stdin]))
  }

  #send(to: number, data: Buffer): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return Promise.resolve()
    return new Promise((resolve) => {
      this.#socket.send(Buffer.concat([Buffer.from([to]), data]), () => resolve())
    })
  }
}

function toBuffer(data: Buffer | ArrayBuffer | Buffer[]): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data)
  return Buffer.isBuffer(data) ? data : Buffer.from(data)
}

/** The chunks of a stream until it ends or the signal is aborted; the stream itself is left as it is. */
async function* untilAborted(stream: Readable, signal: AbortSignal): AsyncGenerator<Buffer | string> {
  while (!signal.aborted) {
    const chunk: unknown = stream.read()
    if (typeof chunk === 'string' || Buffer.isBuffer(chunk)) {
      yield chunk
      continue
    }
    if (stream.readableEnded || stream.destroyed) return
    await new Promise<void>((resolve) => {
      const done = () => {
        stream.off('readable', done).off('end', done).off('close', done).off('error', done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      stream.on('readable', done).on('end', done).on('close', done).on('error', done)
      signal.addEventListener('abort', done)
    })
  }
}

function parseStatus(data: Buffer): unknown {
  const all = data.toString('utf8')
  try {
    return JSON.parse(all)
  } catch {
    // The first versions of the protocol send text.
    return { status: 'Failure', message: all }
  }
}

function endOf(status: unknown): RemoteEnd {
  if (!isObject(status) || status.status === 'Success') return { kind: 'exited', code: 0 }
  if (status.reason === 'NonZeroExitCode') {
    const causes = list(isObject(status.details) ? status.details.causes : undefined).filter(isObject)
    const code = Number(causes.find(({ reason }) => reason === 'ExitCode')?.message)
    if (Number.isInteger(code)) return { kind: 'exited', code }
  }
  throw new CommandError(text(status.message) || 'unknown error of the remote command')
}
