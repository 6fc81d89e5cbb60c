import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { Clock } from '@wherry/component-base'
import type { StreamOptions } from '../cri.ts'
import { signalGroup } from './processes.ts'
import { exitCodeOf } from '../signals.ts'

/** How long after the command's end its output is waited for, when a process that it left behind holds on to it. */
const lingerMs = 500

/** Runs a command line that has entered its container; resolves with its exit code; the signal ends it. */
export async function runExec(line: readonly string[], streams: StreamOptions, clock: Clock): Promise<number> {
  return streams.tty ? runWithTerminal(line, streams) : runWithPipes(line, streams, clock)
}

function runWithPipes(line: readonly string[], streams: StreamOptions, clock: Clock): Promise<number> {
  const [file = '', ...args] = line
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: '/', env: helperEnv(), detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    const stop = () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    }
    streams.signal.addEventListener('abort', stop, { once: true })
    child.once('error', reject)
    // A command that does not read its input is no failure.
    child.stdin.on('error', () => child.stdin.destroy())
    if (streams.stdin) streams.stdin.pipe(child.stdin)
    else child.stdin.end()
    let cancelLinger = () => {}
    const linger = () => {
      cancelLinger()
      const blocked = streams.stdout?.writableNeedDrain || streams.stderr?.writableNeedDrain
      cancelLinger = clock.setTimer(lingerMs, () => {
        if (blocked) return linger()
        child.stdout.destroy()
        child.stderr.destroy()
      })
    }
    for (const [source, target] of [
      [child.stdout, streams.stdout],
      [child.stderr, streams.stderr],
    ] as const) {
      if (target) source.pipe(target, { end: false })
      else source.resume()
      source.on('data', () => {
        if (child.exitCode !== null || child.signalCode !== null) linger()
      })
    }
    child.once('exit', linger)
    child.once('close', (code, signal) => {
      cancelLinger()
      streams.signal.removeEventListener('abort', stop)
      if (streams.stdin) streams.stdin.unpipe(child.stdin)
      resolve(exitCodeOf(code, signal))
    })
    if (streams.signal.aborted) stop()
  })
}

async function runWithTerminal(line: readonly string[], streams: StreamOptions): Promise<number> {
  const { spawn: spawnTerminal } = await import('@lydell/node-pty')
  const [file = '', ...args] = line
  // Without an encoding the data comes as bytes, whatever the type says.
  const options = { name: 'xterm', cols: 80, rows: 24, cwd: '/', env: helperEnv(), encoding: null }
  const terminal = spawnTerminal(file, args, options)
  const stop = () => terminal.kill('SIGKILL')
  streams.signal.addEventListener('abort', stop, { once: true })
  const { stdin, stdout } = streams
  terminal.onData((data) => {
    if (stdout && !stdout.write(Buffer.from(data))) {
      terminal.pause()
      stdout.once('drain', () => terminal.resume())
    }
  })
  streams.onResize?.(({ width, height }) => {
    if (width > 0 && height > 0) terminal.resize(width, height)
  })
  // A character may be split between two chunks.
  const decoder = new StringDecoder('utf8')
  stdin?.on('data', (chunk: Buffer) => terminal.write(decoder.write(chunk)))
  // What ends the input of a terminal.
  stdin?.on('end', () => terminal.write('\u0004'))
  return new Promise((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      streams.signal.removeEventListener('abort', stop)
      resolve(signal ? 128 + signal : exitCode)
    })
  })
}

function searchPath(): string {
  return process.env.PATH || '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

/** What helpers begin with, so that nothing of the agent's environment reaches a container. */
export function helperEnv(): Record<string, string> {
  return { PATH: searchPath() }
}

/** Where the agent's own helpers are; undefined when a command is not installed. */
export function findCommand(name: string): string | undefined {
  for (const directory of [...searchPath().split(':'), '/usr/sbin', '/sbin']) {
    try {
      accessSync(join(directory, name), constants.X_OK)
      return join(directory, name)
    } catch {}
  }
  return undefined
}
