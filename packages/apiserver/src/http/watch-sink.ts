import type { ServerResponse } from 'node:http'
import type { WebSocket } from 'ws'
import { mediaTypes, type Wanted } from './negotiation.ts'
import { addWarnings } from './warnings.ts'
import type { Exchange } from './exchange.ts'

/** Where the frames of a watch go. */
export interface WatchSink {
  /** Sends frames; false when the client reads more slowly than they come. */
  send(frames: readonly Buffer[]): boolean
  /** Resolves when the client has caught up, or is gone. */
  drained(): Promise<void>
  /** Ends the stream in order. */
  end(): void
  /** Drops the connection of a client that does not keep up. */
  destroy(): void
}

/** Chunked HTTP. The head goes out at once, so that clients see that the watch has begun. */
export function httpSink({ response, warnings }: Exchange, { encoding }: Wanted): WatchSink {
  addWarnings(response, warnings)
  response.writeHead(200, {
    'Cache-Control': 'no-cache, private',
    'Content-Type': encoding === 'json' ? mediaTypes.json : `${mediaTypes[encoding]};stream=watch`,
  })
  response.flushHeaders()
  return {
    send: (frames) => response.write(frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames)),
    drained: () => drained(response),
    end: () => response.end(),
    destroy: () => response.destroy(),
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.on('drain', done)
    response.on('close', done)
    if (response.closed || !response.writableNeedDrain) done()
  })
}

const socketBacklog = 1024 * 1024

/** One message a frame: text for JSON, binary for protobuf. */
export function webSocketSink(socket: WebSocket, { encoding }: Wanted): WatchSink {
  let waiting: (() => void) | undefined
  const check = () => {
    if (socket.bufferedAmount > socketBacklog && socket.readyState === socket.OPEN) return
    waiting?.()
    waiting = undefined
  }
  socket.on('close', check)
  return {
    send(frames) {
      for (const frame of frames) socket.send(frame, { binary: encoding !== 'json' }, check)
      return socket.bufferedAmount <= socketBacklog
    },
    drained: () =>
      new Promise((resolve) => {
        waiting = resolve
        check()
      }),
    end: () => socket.close(1000),
    destroy: () => socket.terminate(),
  }
}
