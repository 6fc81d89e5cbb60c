import type { Readable, Writable } from 'node:stream'
import type { Clock } from '@wherry/component-base'
import type { Connection } from './access/connection.ts'
import type { FlagValues } from './flags/flags.ts'
import type { globalFlags } from './flags/shared.ts'

export type GlobalFlags = FlagValues<typeof globalFlags>

/** Where text goes; a terminal says so. */
export interface Output extends Writable {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
}

/** Where text comes from; a terminal can be switched to raw. */
export interface Input extends Readable {
  readonly isTTY?: boolean
  setRawMode?(on: boolean): unknown
}

/** All that a command takes from the world around it. */
export interface Surroundings {
  stdout: Output
  stderr: Output
  stdin: Input
  env: Readonly<Record<string, string | undefined>>
  clock: Clock
  /** The directory that relative paths start from. */
  cwd: string
  /** Aborted when the user interrupts the command. */
  signal: AbortSignal
  /** In [0, 1). */
  random: () => number
}

/** What a running command works with. */
export interface Context extends Surroundings {
  /** The program's name in messages. */
  readonly program: string
  /** The program and the command's words: `wherry get`. */
  readonly commandPath: string
  readonly globals: GlobalFlags
  /** Whether the user gave the global flag. */
  globalChanged(flag: keyof GlobalFlags): boolean
  /** Writes to standard output. */
  print(text: string): void
  /** Writes to standard error. */
  warn(text: string): void
  /** The cluster that flags and kubeconfig name; the same on every call. */
  connect(): Promise<Connection>
  withGlobals(globals: GlobalFlags, changed: ReadonlySet<string>): Context
  withPath(commandPath: string): Context
}
