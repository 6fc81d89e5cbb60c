import { constants } from 'node:os'

/** The exit code that a shell gives to an end by a signal. */
export function exitCodeOf(code: number | null, signal: NodeJS.Signals | null): number {
  if (code !== null) return code
  return 128 + (signal === null ? 0 : (constants.signals[signal] ?? 0))
}

/** A name from a pod's `stopSignal`; SIGTERM for one that this machine does not have. */
export function signalNamed(name: string | undefined): NodeJS.Signals {
  const known = Object.keys(constants.signals).find((signal) => signal === name)
  return isSignal(known) ? known : 'SIGTERM'
}

function isSignal(name: string | undefined): name is NodeJS.Signals {
  return name !== undefined && name in constants.signals
}
