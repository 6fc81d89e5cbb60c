import type { JobSpec } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import { templateWarnings } from '../core/pod/warnings.ts'

type Spec = DeepReadonly<JobSpec> | undefined

const manyCompletions = 100_000
const muchParallelism = 10_000

/** As `WarningsForJobSpec`. */
export function jobWarnings(spec: Spec, old: Spec, field: string): string[] {
  const warnings: string[] = []
  const { completionMode, completions = 0, parallelism = 0 } = spec ?? {}
  if (completionMode === 'Indexed' && completions > manyCompletions && parallelism > muchParallelism) {
    warnings.push(
      'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail',
    )
  }
  return [...warnings, ...templateWarnings(spec?.template, old?.template, `${field}.template`)]
}
