import type { Clock } from '@wherry/component-base'

/** What a cluster command has of the outside world. */
export interface CommandIO {
  env: NodeJS.ProcessEnv
  stdout: NodeJS.WritableStream & { isTTY?: boolean }
  stderr: NodeJS.WritableStream & { isTTY?: boolean }
  clock: Clock
  /** Ends with Ctrl-C: what takes long stops, and tidies up. */
  signal: AbortSignal
}

/** Options that every cluster command has. */
export interface ClusterArguments {
  name: string
  home: string
}

export function printLine(io: CommandIO, text: string): void {
  io.stdout.write(`${text}\n`)
}

/** `1.2 s`, `340 ms` */
export function formatMs(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}
