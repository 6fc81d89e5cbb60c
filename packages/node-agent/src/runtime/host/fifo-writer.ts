import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import type { Logger } from '@wherry/component-base'

/**
 * Writes a source to a FIFO, as fast as its reader reads; closes the FIFO when the source has ended, or when the returned
 * function is called. Opening never waits for a reader.
 */
export function feedFifo(path: string, source: Readable, logger: Logger): () => void {
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const fifo = new Socket({ fd, readable: false, writable: true })
  fifo.on('error', (error) => {
    logger.debug('input of a container was closed', { error: error.message })
    fifo.destroy()
  })
  const onData = (chunk: Buffer) => {
    if (!fifo.destroyed && !fifo.write(chunk)) source.pause()
  }
  // A FIFO cannot be shut down as a socket can, so it is closed once everything is written.
  const onEnd = () => void fifo.write('', () => fifo.destroy())
  fifo.on('drain', () => source.resume())
  source.on('data', onData)
  source.once('end', onEnd)
  return () => {
    source.off('data', onData)
    source.off('end', onEnd)
    source.resume()
    fifo.destroy()
  }
}
