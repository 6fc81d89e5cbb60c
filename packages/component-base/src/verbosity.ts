import { type Logger, newLogger } from './logger.ts'

/** The flag of every component for how much it logs. */
export const verbosityFlag = {
  v: { type: 'number', describe: 'how much is logged: from 4 on also what helps to debug', default: 0 },
} as const

/** From which `-v` on upstream's components log what helps to debug. */
const debugLevel = 4

/** A component's logger for its `--v`. */
export function componentLogger(component: string, v: number): Logger {
  return newLogger({ level: v >= debugLevel ? 'debug' : 'info' }).with({ component })
}
