import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { LogWriter } from './log-writer.ts'

export interface OutputPump {
  /** Resolves when both streams have ended and the log is written. */
  done: Promise<void>
  listen(listener: (stream: 'stdout' | 'stderr', chunk: Buffer) => void): () => void
  /** Lets go of the streams; what the container writes then waits in its FIFOs. */
  close(): Promise<void>
}

/** Reads a container's FIFOs without a thread each, and writes them to its log; a full disk queue slows the container. */
export function pumpOutput(paths: { stdout: string; stderr: string }, log: LogWriter): OutputPump {
  const listeners = new Set<(stream: 'stdout' | 'stderr', chunk: Buffer) => void>()
  const sockets = (['stdout', 'stderr'] as const).map((name) => {
    const fd = openSync(paths[name], constants.O_RDONLY | constants.O_NONBLOCK)
    let socket: Socket
    try {
      socket = new Socket({ fd, readable: true, writable: false })
    } catch (error) {
      closeSync(fd)
      throw error
    }
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      if (!log.write(name, chunk)) {
        socket.pause()
        void log.drained().then(() => socket.resume())
      }
      for (const listener of listeners) listener(name, chunk)
    })
    return { socket, ended }
  })
  const done = Promise.all(sockets.map(({ ended }) => ended)).then(() => log.close())
  return {
    done,
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      for (const { socket } of sockets) socket.destroy()
      await done
    },
  }
}
