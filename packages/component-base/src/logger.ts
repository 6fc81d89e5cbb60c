export type LogFields = Readonly<Record<string, unknown>>
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** Structured logging: a constant message, facts as fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger
}

export interface LoggerOptions {
  /** Lines below this level are dropped; `info` unless told. */
  level?: LogLevel
  /** Takes one JSON line without its newline; standard error unless told. */
  write?: (line: string) => void
  now?: () => number
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

/** Makes a logger that writes one JSON object a line: time, level, message, fields. */
export function newLogger(options: LoggerOptions = {}): Logger {
  const { level = 'info', write = (line) => process.stderr.write(`${line}\n`), now = Date.now } = options
  const threshold = levels.indexOf(level)
  const make = (bound: LogFields): Logger => {
    const log = (at: LogLevel) => (message: string, fields?: LogFields) => {
      if (levels.indexOf(at) < threshold) return
      const time = new Date(now()).toISOString()
      write(JSON.stringify({ time, level: at, message, ...bound, ...fields }, printable))
    }
    return {
      debug: log('debug'),
      info: log('info'),
      warn: log('warn'),
      error: log('error'),
      with: (fields) => make({ ...bound, ...fields }),
    }
  }
  return make({})
}

/** A logger that writes nothing. */
export const silentLogger: Logger = newLogger({ write: () => {} })

function printable(_key: string, value: unknown): unknown {
  if (value instanceof Error) return value.message
  return typeof value === 'bigint' ? String(value) : value
}
