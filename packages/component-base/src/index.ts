export { type Clock, realClock, sleep } from './clock.ts'
export { FakeClock } from './fake-clock.ts'
export { type LogFields, type Logger, type LoggerOptions, type LogLevel, newLogger, silentLogger } from './logger.ts'
export { type Component, runMain, UserError } from './main.ts'
