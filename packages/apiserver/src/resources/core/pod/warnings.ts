import type { Pod } from '@wherry/api'
import { type DeepReadonly, isDNS1123Label } from '@wherry/apimachinery'

/** What is valid but surprising. As `WarningsOnCreate` and `GetWarningsForPod`; updates of pods get none. */
export function podWarnings(pod: DeepReadonly<Pod>, old: DeepReadonly<Pod> | undefined): string[] {
  if (old) return []
  const warnings: string[] = []
  const refused = isDNS1123Label(pod.metadata.name ?? '')
  if (refused.length > 0) {
    const text =
      "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended"
    warnings.push(`metadata.name: ${text}: [${refused.join(' ')}]`)
  }
  for (const [i, container] of (pod.spec?.containers ?? []).entries()) {
    warnings.push(...duplicateEnv(container.env ?? [], `spec.containers[${i}].env`))
  }
  const seconds = pod.spec?.terminationGracePeriodSeconds
  if (seconds !== undefined && seconds < 0) {
    warnings.push(
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
    )
  }
  return warnings
}

function duplicateEnv(env: readonly { readonly name: string }[], field: string): string[] {
  const first = new Map<string, number>()
  return env.flatMap(({ name }, i) => {
    const before = first.get(name)
    first.set(name, before ?? i)
    if (before === undefined) return []
    return [
      `${field}[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    ]
  })
}
