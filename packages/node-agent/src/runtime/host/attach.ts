import type { Logger } from '@wherry/component-base'
import type { StreamOptions } from '../cri.ts'
import type { ContainerProcess } from './container-process.ts'

/** What an attached client may lag behind before it is cut off: the container does not wait for it. */
const lagLimit = 4 * 1024 * 1024

export interface AttachTarget {
  process: ContainerProcess
  tty: boolean
  stdin: boolean
  resize: (size: { width: number; height: number }) => void
}

/** Joins a running container's streams; resolves when it has ended, or the signal fires, or the client lags too far. */
export async function attachStreams(target: AttachTarget, streams: StreamOptions, logger: Logger): Promise<void> {
  let cutOff = () => {}
  const cut = new Promise<void>((resolve) => {
    cutOff = resolve
  })
  const stopOutput = target.process.listen((name, chunk) => {
    const sink = name === 'stdout' || target.tty ? streams.stdout : streams.stderr
    if (!sink) return
    sink.write(chunk)
    if ('writableLength' in sink && Number(sink.writableLength) > lagLimit) {
      logger.warn('an attached client did not keep up and was cut off')
      cutOff()
    }
  })
  const stopInput = streams.stdin && target.stdin ? target.process.feed(streams.stdin) : () => {}
  if (target.tty) streams.onResize?.(target.resize)
  const aborted = new Promise<void>((resolve) => {
    if (streams.signal.aborted) resolve()
    streams.signal.addEventListener('abort', () => resolve(), { once: true })
  })
  await Promise.race([target.process.exited, aborted, cut])
  stopInput()
  stopOutput()
}
