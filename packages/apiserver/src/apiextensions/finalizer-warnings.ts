import type { KubeObject } from '@wherry/api'
import { type DeepReadonly, isQualifiedName } from '@wherry/apimachinery'

const standard: ReadonlySet<string> = new Set(['orphan', 'foregroundDeletion', 'kubernetes'])

/** Warns of new finalizers whose names are not qualified. As upstream: customresource `generateWarningsFromObj`. */
export function finalizerWarnings(
  object: DeepReadonly<KubeObject>,
  old: DeepReadonly<KubeObject> | undefined,
): string[] {
  const before = old?.metadata.finalizers ?? []
  const added = (object.metadata.finalizers ?? []).filter((name) => !before.includes(name))
  return [...new Set(added)].sort().flatMap(warningsOf)
}

function warningsOf(name: string): string[] {
  const say = (problem: string) => `metadata.finalizers: ${JSON.stringify(name)}: ${problem}`
  const warnings = isQualifiedName(name).map(say)
  if (name.includes('/') || standard.has(name)) return warnings
  const path = name.includes('.') ? ' including a path (/)' : ''
  const advice = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`
  return [...warnings, say(advice)]
}
