import type { IncomingMessage } from 'node:http'
import type { WebSocket } from 'ws'
import { ConnectionError, unexpectedEOF } from './connection-error.ts'

/** A consumer may be this many frames behind before the socket is no longer read, and catches up to the lower mark. */
const highMark = 256
const lowMark = 64

/** More than any object may have: what is longer is no event. */
const longestLine = 64 * 1024 * 1024

/**
 * The text frames of a WebSocket until it is closed, at most a bounded number of them read ahead. Throws
 * `ConnectionError` when the connection broke. Ends the socket when the consumer leaves.
 */
export async function* framesOf(socket: WebSocket): AsyncGenerator<string> {
  const frames: string[] = []
  let closed: number | undefined
  let wake = () => {}
  socket.on('message', (data) => {
    frames.push(String(data))
    if (frames.length >= highMark && !socket.isPaused) socket.pause()
    wake()
  })
  socket.once('close', (code) => {
    closed = code
    wake()
  })
  let next = 0
  try {
    for (;;) {
      const frame = frames[next]
      if (frame !== undefined) {
        next++
        // One frame is not shifted off at a time: that would move all the others.
        if (next >= lowMark || next === frames.length) {
          frames.splice(0, next)
          next = 0
        }
        if (frames.length - next <= lowMark && socket.isPaused) socket.resume()
        yield frame
      } else if (closed !== undefined) {
        if (closed === abnormalClosure) throw new ConnectionError('GET', socket.url, unexpectedEOF())
        return
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    socket.terminate()
  }
}

/** What a WebSocket reports when its connection ended without a closing frame. */
const abnormalClosure = 1006

/**
 * The lines of a chunked answer. The connection is read no faster than the lines are taken. Throws `ConnectionError`
 * when it broke; closes it when the consumer leaves.
 */
export async function* linesOf(response: IncomingMessage, url: string): AsyncGenerator<string> {
  let rest: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of response) {
      let from = 0
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
        const line = Buffer.concat([...rest, chunk.subarray(from, end)]).toString('utf8')
        rest = []
        length = 0
        from = end + 1
        if (line !== '') yield line
      }
      if (from === chunk.length) continue
      rest.push(chunk.subarray(from))
      length += chunk.length - from
      if (length > longestLine) throw new Error('a line of the stream is too long')
    }
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause ? new ConnectionError('GET', url, cause) : cause
  } finally {
    response.destroy()
  }
  if (!response.complete) throw new ConnectionError('GET', url, unexpectedEOF())
}

const newline = 0x0a
