import { spawn } from 'node:child_process'
import type { StreamOptions } from '../cri.ts'
import { signalGroup } from './processes.ts'

export interface ExecTarget {
  pid: number
  /** Whether the container has a mount namespace of its own. */
  namespaced: boolean
  root: boolean
  envs: { key: string; value: string }[]
  workingDir: string
}

/** The command line that runs `command` where the container runs: its mounts, root, environment and directory. */
export function execCommandLine(target: ExecTarget, command: string[], tty: boolean): string[] {
  const enter = !target.namespaced
    ? []
    : target.root
      ? ['nsenter', '-t', String(target.pid), '-m', '-r', '--']
      : ['nsenter', '-t', String(target.pid), '-U', '-m', '-r', '--preserve-credentials', '--']
  const envs = target.envs.map(({ key, value }) => `${key}=${value}`)
  const inDirectory = ['/bin/sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', target.workingDir || '/']
  return [...enter, ...inDirectory, 'env', '-i', ...(tty ? ['TERM=xterm'] : []), ...envs, ...command]
}

/** Runs a command in a container; resolves with its exit code, and ends it when the signal fires. */
export async function runExec(target: ExecTarget, command: string[], streams: StreamOptions): Promise<number> {
  const line = execCommandLine(target, command, streams.tty)
  return streams.tty ? runWithTerminal(line, streams) : runWithPipes(line, streams)
}

function runWithPipes(line: string[], streams: StreamOptions): Promise<number> {
  const [file = '', ...args] = line
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    const stop = () => {
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL')
    }
    streams.signal.addEventListener('abort', stop, { once: true })
    child.once('error', reject)
    child.stdin.on('error', () => child.stdin.destroy())
    if (streams.stdin) streams.stdin.pipe(child.stdin)
    else child.stdin.end()
    if (streams.stdout) child.stdout.pipe(streams.stdout, { end: false })
    else child.stdout.resume()
    if (streams.stderr) child.stderr.pipe(streams.stderr, { end: false })
    else child.stderr.resume()
    child.once('close', (code, signal) => {
      streams.signal.removeEventListener('abort', stop)
      resolve(code ?? signalExitCode(signal))
    })
    if (streams.signal.aborted) stop()
  })
}

async function runWithTerminal(line: string[], streams: StreamOptions): Promise<number> {
  const { spawn: spawnTerminal } = await import('@lydell/node-pty')
  const [file = '', ...args] = line
  const env: Record<string, string> = {}
  for (const [key, value] of Object.entries(process.env)) if (value !== undefined) env[key] = value
  const terminal = spawnTerminal(file, args, { name: 'xterm', cols: 80, rows: 24, cwd: '/', env })
  const stop = () => terminal.kill('SIGKILL')
  streams.signal.addEventListener('abort', stop, { once: true })
  terminal.onData((data) => void streams.stdout?.write(Buffer.from(data)))
  streams.onResize?.(({ width, height }) => {
    if (width > 0 && height > 0) terminal.resize(width, height)
  })
  streams.stdin?.on('data', (chunk: Buffer) => terminal.write(chunk.toString()))
  streams.stdin?.on('end', () => terminal.write('\u0004'))
  return new Promise((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      streams.signal.removeEventListener('abort', stop)
      resolve(signal ? 128 + signal : exitCode)
    })
  })
}

const signalNumbers: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
}

function signalExitCode(signal: NodeJS.Signals | null): number {
  return 128 + (signalNumbers[signal ?? ''] ?? 0)
}
