import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Logger } from '@wherry/component-base'
import type { LogWriter } from '../../logs/log-writer.ts'

export type OutputListener = (stream: 'stdout' | 'stderr', chunk: Buffer) => void

export interface OutputPump {
  /** Resolves when both streams have ended and everything is in the log. */
  readonly done: Promise<void>
  /** Also hands the output to a listener, from now on. */
  listen(listener: OutputListener): () => void
  /** Lets go of the streams; what the container writes then waits in its FIFOs. */
  close(): Promise<void>
}

/**
 * Moves a container's output from its FIFOs to its log. The FIFOs are read by the event loop, without a thread each; what
 * was read is written before anything else happens.
 */
export function pumpOutput(paths: { stdout: string; stderr: string }, log: LogWriter, logger: Logger): OutputPump {
  const listeners = new Set<OutputListener>()
  let failing = false
  const write: OutputListener = (name, chunk) => {
    try {
      log.write(name, chunk)
      failing = false
    } catch (error) {
      // A full disk must stop neither the container nor the agent; as with containerd, the output is lost.
      if (!failing) logger.error('container output could not be logged', { file: paths[name], error })
      failing = true
    }
    for (const listener of listeners) listener(name, chunk)
  }
  const sockets = (['stdout', 'stderr'] as const).map((name) => {
    const socket = openFifo(paths[name])
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => write(name, chunk))
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

function openFifo(path: string): Socket {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    return new Socket({ fd, readable: true, writable: false })
  } catch (error) {
    closeSync(fd)
    throw error
  }
}
