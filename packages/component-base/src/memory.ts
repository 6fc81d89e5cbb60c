import { setFlagsFromString } from 'node:v8'

/**
 * Lets V8 optimise only what runs very often: the optimising compiler itself, once it is used, takes 4 MB of a process
 * that has 50. For components that mostly wait. V8 has renamed the settings, and complains of names that it lacks.
 */
export function preferMemoryToSpeed(v8Version: string = process.versions.v8): void {
  const major = Number(v8Version.split('.')[0])
  if (major >= 12) {
    setFlagsFromString('--invocation-count-for-turbofan=30000')
    return
  }
  setFlagsFromString('--interrupt-budget=1000000')
  // Without this, a small function is optimised at its first interrupt, whatever the budget.
  setFlagsFromString('--max-bytecode-size-for-early-opt=0')
}
