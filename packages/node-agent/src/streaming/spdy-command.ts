import type { Duplex } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { Status } from '@wherry/api'
import type { Clock } from '@wherry/component-base'
import type { CommandOptions } from './command-options.ts'
import type { CommandSession } from './remote-command.ts'
import { ResizeParser } from './resize.ts'
import { SpdyConnection, type SpdyStream } from './spdy/connection.ts'
import { headerValue } from './spdy/headers.ts'

/** The best comes first. Version 4 tells the outcome as a Status, version 3 knows sizes of terminals. */
export const spdyCommandProtocols = [
  'v4.channel.k8s.io',
  'v3.channel.k8s.io',
  'v2.channel.k8s.io',
  'channel.k8s.io',
] as const

/** As upstream's streamCreationTimeout. */
const streamsMs = 30_000

/**
 * The streams of an exec or attach on a SPDY connection. Resolves once the client has opened them all; rejects when it
 * does not in time, or is gone.
 */
export function spdySession(
  transport: Duplex,
  protocol: string,
  options: CommandOptions,
  clock: Clock,
): Promise<CommandSession> {
  const wanted = new Set(['error'])
  for (const name of ['stdin', 'stdout', 'stderr'] as const) if (options[name]) wanted.add(name)
  const knowsResize = protocol.startsWith('v3') || protocol.startsWith('v4')
  if (options.tty && knowsResize) wanted.add('resize')
  const streams = new Map<string, Duplex>()
  const gone = new AbortController()
  return new Promise((resolve, reject) => {
    const cancel = clock.setTimer(streamsMs, () => {
      reject(new Error('timed out waiting for client to create streams'))
      transport.destroy()
    })
    const accept = ({ headers, duplex }: SpdyStream): boolean => {
      const type = headerValue(headers, 'streamType')
      if (!wanted.has(type) || streams.has(type)) return false
      duplex.on('error', () => duplex.destroy())
      streams.set(type, duplex)
      if (streams.size === wanted.size) {
        cancel()
        // The last stream is answered first.
        queueMicrotask(() => resolve(session(connection, streams, protocol, gone.signal)))
      }
      return true
    }
    const connection = new SpdyConnection({ transport, accept })
    const over = (error: unknown) => {
      cancel()
      gone.abort()
      reject(error)
    }
    connection.run().then(() => over(new Error('the client has gone')), over)
  })
}

function session(
  connection: SpdyConnection,
  streams: ReadonlyMap<string, Duplex>,
  protocol: string,
  signal: AbortSignal,
): CommandSession {
  const resize = new ResizeParser()
  streams.get('resize')?.on('data', (chunk: Buffer) => resize.write(chunk))
  const stdin = streams.get('stdin')
  const stdout = streams.get('stdout')
  const stderr = streams.get('stderr')
  return {
    ...(stdin ? { stdin } : {}),
    ...(stdout ? { stdout } : {}),
    ...(stderr ? { stderr } : {}),
    onResize: (listener) => resize.listen(listener),
    signal,
    async finish(status) {
      const error = streams.get('error')
      if (error && !error.destroyed) {
        error.end(outcomeText(protocol, status))
        await finished(error, { readable: false }).catch(() => undefined)
      }
      connection.close()
    },
  }
}

function outcomeText(protocol: string, status: Status): string {
  if (protocol.startsWith('v4')) return JSON.stringify(status)
  return status.status === 'Success' ? '' : (status.message ?? '')
}
