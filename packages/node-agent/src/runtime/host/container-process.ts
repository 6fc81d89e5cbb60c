import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock, Logger } from '@wherry/component-base'
import { type LogLimits, LogWriter } from '../../logs/log-writer.ts'
import { watchForChanges } from '../../watch-file.ts'
import { feedFifo } from './fifo-writer.ts'
import { type OutputListener, type OutputPump, pumpOutput } from './output.ts'
import { isAlive, processesOf, signalGroup, signalProcess } from './processes.ts'
import type { ContainerRecord } from './state.ts'

export interface ContainerProcessDeps {
  clock: Clock
  logger: Logger
  logLimits: LogLimits
}

export interface ContainerExit {
  exitCode: number
  finishedAt: number
}

/** How long the output of an ended container may take to end as well, when something outside it holds on to it. */
const drainMs = 2000

/**
 * A container that runs: its output, its input and its end. The same for one that this agent started and for one that an
 * earlier agent left.
 */
export class ContainerProcess {
  readonly #record: ContainerRecord
  readonly #dir: string
  readonly #deps: ContainerProcessDeps
  readonly #pump: OutputPump
  readonly #stopWatching: () => void
  #ending = false
  #stopTimer = () => {}
  #stopAt = Infinity
  #resolveExit: (exit: ContainerExit) => void = () => {}
  /** Settles when the container has ended and its output is in the log; never after `close`. */
  readonly exited: Promise<ContainerExit>

  constructor(record: ContainerRecord, dir: string, deps: ContainerProcessDeps) {
    this.#record = record
    this.#dir = dir
    this.#deps = deps
    this.exited = new Promise((resolve) => {
      this.#resolveExit = resolve
    })
    const log = new LogWriter(record.config.logPath, deps.clock, deps.logLimits)
    this.#pump = pumpOutput({ stdout: join(dir, 'out'), stderr: join(dir, 'err') }, log, deps.logger)
    this.#stopWatching = watchForChanges(join(dir, 'exit'), () => this.#readExit())
    // The shim holds the streams open. That they end first means that it was killed, and nobody knows the exit code.
    void this.#pump.done.then(() => {
      this.#readExit()
      void this.#end({ exitCode: 137, finishedAt: deps.clock.now() })
    })
    this.#readExit()
  }

  /** Lets go without touching the container. */
  async close(): Promise<void> {
    this.#ending = true
    this.#stopTimer()
    this.#stopWatching()
    await this.#pump.close()
  }

  listen(listener: OutputListener): () => void {
    return this.#pump.listen(listener)
  }

  /** The signal now, SIGKILL after `graceMs`; a later call can only shorten the time. */
  stop(graceMs: number, signal: NodeJS.Signals): void {
    if (this.#ending) return
    const { clock } = this.#deps
    const { pid, startTime } = this.#record
    if (graceMs > 0 && this.#stopAt === Infinity && isAlive(pid, startTime)) signalGroup(pid, signal)
    const at = clock.now() + graceMs
    if (at >= this.#stopAt) return
    this.#stopAt = at
    this.#stopTimer()
    if (graceMs <= 0) this.#kill()
    else this.#stopTimer = clock.setTimer(graceMs, () => this.#kill())
  }

  /** Feeds the container's standard input until the source ends, or until the returned function is called. */
  feed(source: Readable): () => void {
    const stop = feedFifo(join(this.#dir, 'in'), source, this.#deps.logger)
    void this.exited.then(stop)
    return stop
  }

  /** Kills what belongs to the container, the shim not counted; nothing when its ids may be others' by now. */
  #kill(): void {
    const { pid, startTime, shimPid, shimStartTime } = this.#record
    const alive = isAlive(pid, startTime)
    if (!alive && !isAlive(shimPid, shimStartTime)) return
    for (const left of processesOf(this.#record, shimPid)) signalProcess(left.pid, 'SIGKILL')
    if (alive) signalGroup(pid, 'SIGKILL')
  }

  #readExit(): void {
    const file = join(this.#dir, 'exit')
    const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
    // The line's end tells that the shim has written all of it.
    if (text.endsWith('\n')) void this.#end({ exitCode: Number(text), finishedAt: statSync(file).mtimeMs })
  }

  async #end(exit: ContainerExit): Promise<void> {
    if (this.#ending) return
    this.#ending = true
    this.#stopWatching()
    this.#stopTimer()
    this.#kill()
    // This agent has the streams open, so nothing needs the shim any more.
    const { shimPid, shimStartTime } = this.#record
    if (isAlive(shimPid, shimStartTime)) signalProcess(shimPid, 'SIGKILL')
    let cancel = () => {}
    const late = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.setTimer(drainMs, resolve)
    })
    await Promise.race([this.#pump.done, late])
    cancel()
    await this.#pump.close()
    this.#resolveExit(exit)
  }
}
