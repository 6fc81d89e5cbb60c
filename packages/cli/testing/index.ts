import { PassThrough, Readable, Writable } from 'node:stream'
import { type Clock, realClock } from '@wherry/component-base'
import { newCLI } from '../src/cli.ts'

/** What a command line did. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

export interface RunOptions {
  /** Standard input; none unless told. */
  stdin?: string
  env?: Readonly<Record<string, string>>
  signal?: AbortSignal
  cwd?: string
  /** Takes standard output as it comes. */
  onOutput?: (text: string) => void
}

/** The command line in this process, with streams of its own. */
export interface TestCLI {
  run(argv: readonly string[] | string, options?: RunOptions): Promise<Outcome>
}

/** Makes a command line that talks to a server without TLS; words of a string are split at spaces. */
export function newTestCLI(url: string, { clock = realClock }: { clock?: Clock } = {}): TestCLI {
  return {
    async run(argv, { stdin, env = {}, signal = new AbortController().signal, cwd = '/', onOutput } = {}) {
      const stdout = new Collector(onOutput)
      const stderr = new Collector()
      const input = stdin === undefined ? new PassThrough() : Readable.from([Buffer.from(stdin)])
      const cli = newCLI({
        stdout,
        stderr,
        stdin: input,
        env: { KUBECONFIG: '/nonexistent/kubeconfig', HOME: '/nonexistent', PATH: process.env.PATH, ...env },
        clock,
        cwd,
        signal,
        random: () => 0.5,
      })
      const words = typeof argv === 'string' ? argv.split(' ') : argv
      const code = await cli.run(url === '' ? words : ['--server', url, ...words])
      return { code, stdout: stdout.text, stderr: stderr.text }
    },
  }
}

class Collector extends Writable {
  text = ''
  readonly #tell: ((text: string) => void) | undefined

  constructor(tell?: (text: string) => void) {
    super()
    this.#tell = tell
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = chunk.toString('utf8')
    this.text += text
    this.#tell?.(text)
    done()
  }
}
