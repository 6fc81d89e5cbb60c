import type { Context, Input } from '../context.ts'

/** The keys that leave a session: `ctrl-p,ctrl-q`. */
export function parseDetachKeys(text: string): Buffer {
  const keys = text.split(',').map((key) => {
    const letter = /^ctrl-([a-z@[\]\\^_])$/i.exec(key)?.[1]
    return letter === undefined ? key : String.fromCharCode(letter.toUpperCase().charCodeAt(0) & 0x1f)
  })
  return Buffer.from(keys.join(''))
}

/**
 * Runs `work` with the terminal's keys passed on as they are typed, and puts the terminal back however the work ends. What is no
 * terminal is left alone.
 */
export async function withRawTerminal<T>(stdin: Input | undefined, work: () => Promise<T>): Promise<T> {
  if (!stdin?.isTTY || !stdin.setRawMode) return work()
  stdin.setRawMode(true)
  try {
    return await work()
  } finally {
    stdin.setRawMode(false)
  }
}

export interface TerminalSize {
  columns: number
  rows: number
}

/** Tells the terminal's size now and whenever it changes; the returned function ends that. */
export function onTerminalSize({ stdout }: Context, tell: (size: TerminalSize) => void): () => void {
  const now = () => {
    const { columns, rows } = stdout
    if (columns !== undefined && rows !== undefined) tell({ columns, rows })
  }
  now()
  stdout.on('resize', now)
  return () => stdout.off('resize', now)
}

/** Whether a terminal can be used; says on standard error why not. */
export function checkTerminal(context: Context, wanted: boolean, quiet = false): boolean {
  if (!wanted) return false
  if (context.stdin.isTTY) return true
  if (!quiet) context.warn('Unable to use a TTY - input is not a terminal or the right kind of file\n')
  return false
}
