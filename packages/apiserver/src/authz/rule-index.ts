import {
  ClusterRole,
  ClusterRoleBinding,
  type Kind,
  type KubeObject,
  Role,
  RoleBinding,
  type RoleRef,
} from '@wherry/api'
import { type DeepReadonly, goQuote, matcherOf, notFound, type StatusError } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import type { Rule } from './policy-rules.ts'

/** A binding that names the user, with the rules that it grants. */
export interface Grant {
  readonly rules: readonly Rule[]
  /** What an allowed request's reason says, such as `ClusterRoleBinding "x" of ClusterRole "y" to User "z"`. */
  readonly source: string
}

/** Finds the rules that hold for a user, out of the roles and bindings in the store. */
export interface RuleIndex {
  /** Grants in the namespace, and those of the whole cluster; an empty namespace asks for the latter only. */
  grants(user: UserInfo, namespace: string): Iterable<Grant>
  /** The rules of a role; throws NotFound when there is no such role. */
  rulesOf(ref: DeepReadonly<RoleRef>, namespace: string): readonly Rule[]
}

interface Binding {
  readonly ref: DeepReadonly<RoleRef>
  readonly source: string
}

type Subject = NonNullable<RoleBinding['subjects']>[number]
type BySubject = Map<string, Binding[]>
interface Bound {
  metadata: { name?: string; namespace?: string }
  subjects?: Subject[]
  roleRef: RoleRef
}

const indexes = new WeakMap<Behaviours, RuleIndex>()

/** The server's one index; each part of it is rebuilt when its resource has changed since it was last asked. */
export function ruleIndexOf(behaviours: Behaviours): RuleIndex {
  let index = indexes.get(behaviours)
  if (!index) {
    index = newRuleIndex(behaviours)
    indexes.set(behaviours, index)
  }
  return index
}

function newRuleIndex(behaviours: Behaviours): RuleIndex {
  const clusterRoles = follow(
    behaviours,
    ClusterRole,
    (all) => new Map(all.map((role) => [role.metadata.name, rulesOfClusterRole(role, all)])),
  )
  const roles = follow(
    behaviours,
    Role,
    (all) => new Map(all.map((r) => [`${r.metadata.namespace}/${r.metadata.name}`, r.rules])),
  )
  const clusterBindings = follow(behaviours, ClusterRoleBinding, bySubject)
  const bindings = follow(behaviours, RoleBinding, (all) => {
    const byNamespace = new Map<string, DeepReadonly<RoleBinding>[]>()
    for (const one of all) {
      const namespace = one.metadata.namespace ?? ''
      byNamespace.set(namespace, [...(byNamespace.get(namespace) ?? []), one])
    }
    return new Map([...byNamespace].map(([namespace, some]) => [namespace, bySubject(some)]))
  })

  const find = (ref: DeepReadonly<RoleRef>, namespace: string): readonly Rule[] | undefined => {
    const [map, key] =
      ref.kind === 'ClusterRole' ? [clusterRoles(), ref.name] : ([roles(), `${namespace}/${ref.name}`] as const)
    return map.has(key) ? (map.get(key) ?? []) : undefined
  }
  function* granted(user: UserInfo, namespace: string, subjects: BySubject | undefined): Iterable<Grant> {
    if (!subjects) return
    for (const key of subjectKeys(user)) {
      for (const binding of subjects.get(key) ?? []) {
        const rules = find(binding.ref, namespace)
        if (rules) yield { rules, source: binding.source }
      }
    }
  }
  return {
    *grants(user, namespace) {
      yield* granted(user, '', clusterBindings())
      if (namespace !== '') yield* granted(user, namespace, bindings().get(namespace))
    },
    rulesOf(ref, namespace) {
      const rules = find(ref, namespace)
      if (!rules) throw missingRole(ref)
      return rules
    },
  }
}

/** A role that is made of others holds their rules from when they are there, before a controller has written them down. */
function rulesOfClusterRole(
  role: DeepReadonly<ClusterRole>,
  all: readonly DeepReadonly<ClusterRole>[],
  within: readonly DeepReadonly<ClusterRole>[] = [],
): readonly Rule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors?.map((selector) => matcherOf(selector)) ?? []
  if (selectors.length === 0) return role.rules
  const parts = all.filter((other) => selectors.some((selector) => selector.matches(other.metadata.labels)))
  const chain = [...within, role]
  const others = parts
    .filter((part) => !chain.includes(part))
    .flatMap((part) => rulesOfClusterRole(part, all, chain) ?? [])
  return [...(role.rules ?? []), ...others]
}

function missingRole(ref: DeepReadonly<RoleRef>): StatusError {
  const resource = ref.kind === 'ClusterRole' ? 'clusterroles' : 'roles'
  return notFound({ group: 'rbac.authorization.k8s.io', resource }, ref.name)
}

/** A value made of all objects of a kind, made again only when one of them has changed. */
function follow<T extends KubeObject, V>(
  behaviours: Behaviours,
  kind: Kind<T>,
  make: (objects: DeepReadonly<T>[]) => V,
): () => V {
  const store = behaviours.store(kind)
  let made: { revision: number; value: V } | undefined
  return () => {
    const revision = store.revision()
    if (made?.revision !== revision) made = { revision, value: make(store.list()) }
    return made.value
  }
}

function bySubject(bindings: readonly DeepReadonly<Bound & { kind?: string }>[]): BySubject {
  const map: BySubject = new Map()
  for (const binding of bindings) {
    for (const subject of binding.subjects ?? []) {
      const { namespace, name } = binding.metadata
      const own = namespace ? `RoleBinding ${goQuote(`${name}/${namespace}`)}` : `ClusterRoleBinding "${name}"`
      const source = `${own} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subjectText(subject)}`
      const key = subjectKey(subject, namespace)
      map.set(key, [...(map.get(key) ?? []), { ref: binding.roleRef, source }])
    }
  }
  return map
}

function subjectKey(subject: DeepReadonly<Subject>, namespace: string | undefined): string {
  if (subject.kind !== 'ServiceAccount') return `${subject.kind}:${subject.name}`
  return `User:system:serviceaccount:${subject.namespace || namespace || ''}:${subject.name}`
}

function subjectText({ kind, name, namespace }: DeepReadonly<Subject>): string {
  return `${kind} ${goQuote(kind === 'ServiceAccount' ? `${name}/${namespace}` : name)}`
}

function* subjectKeys(user: UserInfo): Iterable<string> {
  yield `User:${user.name}`
  for (const group of user.groups) yield `Group:${group}`
}
