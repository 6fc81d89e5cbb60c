import { type ChildProcess, spawn } from 'node:child_process'

export interface RunOptions {
  input?: string
  env?: Readonly<Record<string, string>>
  cwd?: string
  timeoutMs?: number
  uid?: number
  gid?: number
}

export interface Result {
  code: number
  stdout: string
  stderr: string
}

/** Runs a command to its end. A command that does not end in time is killed, and the result says so. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Result> {
  const { input = '', env = {}, timeoutMs = 60_000, ...rest } = options
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      ...rest,
      env: { ...process.env, ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const stderr = Buffer.concat(err).toString() + (signal ? `\n[killed by ${signal}]` : '')
      resolve({ code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr })
    })
  })
}

/** A command that goes on while the test does other things. */
export interface Running {
  /** Resolves with the first line of output, past or future, that matches; fails when the command ends before. */
  line(pattern: RegExp): Promise<string>
  /** All output so far. */
  output(): string
  /** Ends the command, and resolves when it has ended. */
  stop(): Promise<void>
  ended: Promise<number>
}

export function start(file: string, args: readonly string[], options: Omit<RunOptions, 'timeoutMs'> = {}): Running {
  const { input, env = {}, ...rest } = options
  const child: ChildProcess = spawn(file, args, { ...rest, env: { ...process.env, ...env } })
  let text = ''
  let over = false
  const listeners = new Set<() => void>()
  const notify = () => {
    for (const listener of [...listeners]) listener()
  }
  const take = (chunk: Buffer) => {
    text += chunk.toString()
    notify()
  }
  child.stdout?.on('data', take)
  child.stderr?.on('data', take)
  if (input !== undefined) child.stdin?.end(input)
  const ended = new Promise<number>((resolve) => {
    child.once('close', (code) => {
      over = true
      resolve(code ?? -1)
      notify()
    })
  })
  return {
    ended,
    output: () => text,
    line: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = text.split('\n').find((line) => pattern.test(line))
          if (found === undefined && !over) return
          listeners.delete(look)
          if (found !== undefined) resolve(found)
          else reject(new Error(`${file} ${args.join(' ')} ended without ${pattern}:\n${text}`))
        }
        listeners.add(look)
        look()
      }),
    async stop() {
      if (!over) child.kill('SIGINT')
      await ended
    },
  }
}
