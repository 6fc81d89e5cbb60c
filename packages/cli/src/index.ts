export { type CLI, newCLI } from './cli.ts'
export type { Surroundings } from './context.ts'
