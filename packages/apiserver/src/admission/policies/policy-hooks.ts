import type { Kind, KubeObject } from '@wherry/api'
import type { DeepReadonly } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'

interface Named extends KubeObject {
  readonly spec?: { readonly policyName?: string }
}

/** A policy, compiled, with its bindings. */
export interface PolicyHook<P, B, C> {
  readonly policy: DeepReadonly<P>
  readonly compiled: C
  readonly bindings: readonly DeepReadonly<B>[]
}

/** The policies that have bindings; compiled again only when they have changed. */
export function policyHooks<P extends KubeObject, B extends Named, C>(
  policyKind: Kind<P>,
  bindingKind: Kind<B>,
  compile: (policy: DeepReadonly<P>) => C,
): (behaviours: Behaviours) => readonly PolicyHook<P, B, C>[] {
  let known: { revisions: string; hooks: readonly PolicyHook<P, B, C>[] } | undefined
  const compiled = new Map<string, { revision: string; result: C }>()
  const compileOnce = (policy: DeepReadonly<P>): C => {
    const { name = '', uid = '', generation = 0 } = policy.metadata
    const revision = `${uid}/${generation}`
    const before = compiled.get(name)
    if (before?.revision === revision) return before.result
    const result = compile(policy)
    compiled.set(name, { revision, result })
    return result
  }
  return (behaviours) => {
    const policies = behaviours.store(policyKind)
    const bindings = behaviours.store(bindingKind)
    const revisions = `${policies.revision()}/${bindings.revision()}`
    if (known?.revisions === revisions) return known.hooks
    const byPolicy = new Map<string, DeepReadonly<B>[]>()
    for (const binding of bindings.list()) {
      const name = binding.spec?.policyName ?? ''
      byPolicy.set(name, [...(byPolicy.get(name) ?? []), binding])
    }
    const hooks = policies.list().flatMap((policy) => {
      const bound = byPolicy.get(policy.metadata.name ?? '')
      return bound ? [{ policy, compiled: compileOnce(policy), bindings: bound }] : []
    })
    const names = new Set(policies.list().map(({ metadata }) => metadata.name ?? ''))
    for (const name of compiled.keys()) if (!names.has(name)) compiled.delete(name)
    known = { revisions, hooks }
    return hooks
  }
}
