import { spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { helperEnv } from './exec.ts'
import { type Isolation, unshareCommand } from './identity.ts'

export interface ShimStart {
  /** 0 when not even a shell could be started. */
  shimPid: number
  /** Resolves with the pid of the container's first process; rejects with the reason why there is none. */
  started: Promise<number>
}

/** Starts the shim whose files are in `dir`. It leads a session of its own and does not end with the agent. */
export function startShim(dir: string, isolation: Isolation): ShimStart {
  const [file = '', ...args] = [...unshareCommand(isolation), '/bin/sh', join(dir, 'shim.sh')]
  const child = spawn(file, args, {
    cwd: '/',
    env: helperEnv(),
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  child.unref()
  const started = new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    const pipe = child.stdio[3]
    if (!isReadable(pipe)) return reject(new Error('the start pipe is missing'))
    let text = ''
    const finish = () => {
      pipe.destroy()
      const [word, ...rest] = (text.split('\n')[0] ?? '').split(' ')
      if (word === 'pid') resolve(Number(rest[0]))
      else reject(new Error(rest.join(' ') || 'the shim ended before the container began'))
    }
    pipe.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) finish()
    })
    pipe.once('end', finish)
  })
  return { shimPid: child.pid ?? 0, started }
}

function isReadable(stream: unknown): stream is Readable {
  return typeof stream === 'object' && stream !== null && 'on' in stream && 'destroy' in stream
}
