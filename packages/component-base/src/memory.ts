import { setFlagsFromString } from 'node:v8'

interface Setting {
  flag: string
  wanted: number
  /** What V8 has without being told. */
  usual: number
}

const before12: readonly Setting[] = [
  { flag: 'interrupt-budget', wanted: 1_000_000, usual: 67_584 },
  // Without this, a small function is optimised at its first interrupt, whatever the budget.
  { flag: 'max-bytecode-size-for-early-opt', wanted: 0, usual: 81 },
]
const in12: readonly Setting[] = [{ flag: 'invocation-count-for-turbofan', wanted: 30_000, usual: 3_000 }]

/**
 * Lets V8 optimise only what runs very often: the optimising compiler itself, once it is used, takes 4 MB of a process
 * that has 50. For components that mostly wait. Call it when all modules are loaded; the returned function undoes it, as
 * happens when the process ends: V8 takes a code cache only under the flags that it was written under. Does nothing
 * from V8 13 on, which does not forget that a flag was set.
 */
export function preferMemoryToSpeed(): () => void {
  // V8 has renamed the settings, and complains of names that it lacks.
  const major = Number(process.versions.v8.split('.')[0])
  const settings = major < 12 ? before12 : major === 12 ? in12 : []
  for (const { flag, wanted } of settings) setFlagsFromString(`--${flag}=${wanted}`)
  const undo = () => {
    for (const { flag, usual } of settings) setFlagsFromString(`--${flag}=${usual}`)
  }
  process.prependOnceListener('exit', undo)
  return () => {
    process.off('exit', undo)
    undo()
  }
}
