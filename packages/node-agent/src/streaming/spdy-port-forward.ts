import type { Duplex } from 'node:stream'
import type { Clock, Logger } from '@wherry/component-base'
import { joinStreams } from './join-streams.ts'
import { SpdyConnection, type SpdyStream } from './spdy/connection.ts'
import { headerValue } from './spdy/headers.ts'

export const spdyPortForwardProtocol = 'portforward.k8s.io'

export interface PortForwardTarget {
  /** Connects to a port of the pod. */
  dial: (port: number) => Promise<Duplex>
  /** How errors name the pod: `pod NAME, uid UID`. */
  pod: string
}

interface Pair {
  data?: Duplex
  error?: Duplex
  port: number
  cancel: () => void
}

/** As upstream's streamCreationTimeout. */
const pairMs = 30_000

/**
 * Serves port-forwards on a SPDY connection: for each connection of a user the client opens two streams with one
 * `requestID`, one for its data and one for what goes wrong. As the kubelet's httpStreamHandler. Resolves when the client
 * is gone.
 */
export async function serveSpdyPortForward(
  transport: Duplex,
  target: PortForwardTarget,
  { clock, logger }: { clock: Clock; logger: Logger },
): Promise<void> {
  const pairs = new Map<string, Pair>()
  const accept = ({ id, headers, duplex }: SpdyStream): boolean => {
    const port = Number(headerValue(headers, 'port'))
    const type = headerValue(headers, 'streamType')
    if (!Number.isInteger(port) || port < 1 || port > 65535 || (type !== 'data' && type !== 'error')) return false
    duplex.on('error', () => duplex.destroy())
    // Clients of before there were request ids open the error stream just before the data stream.
    const key = headerValue(headers, 'requestID') || String(type === 'error' ? id : id - 2)
    const pair = pairs.get(key) ?? { port, cancel: clock.setTimer(pairMs, () => giveUp(key)) }
    pairs.set(key, pair)
    if (pair[type]) return false
    pair[type] = duplex
    if (pair.data && pair.error) {
      pair.cancel()
      pairs.delete(key)
      forward(pair.data, pair.error, port, target).catch((error: unknown) =>
        logger.debug('port-forward ended', { error }),
      )
    }
    return true
  }
  const giveUp = (key: string) => {
    const pair = pairs.get(key)
    pairs.delete(key)
    pair?.error?.end(`timed out waiting for streams of port-forward ${key}`)
    pair?.data?.destroy()
  }
  try {
    await new SpdyConnection({ transport, accept }).run()
  } finally {
    for (const { cancel } of pairs.values()) cancel()
  }
}

async function forward(data: Duplex, error: Duplex, port: number, { dial, pod }: PortForwardTarget): Promise<void> {
  error.resume()
  try {
    await joinStreams(data, await dial(port))
    error.end()
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    error.end(`error forwarding port ${port} to ${pod}: ${message}`)
    data.end()
    data.resume()
  }
}
