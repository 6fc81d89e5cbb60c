import type { KubeObject, ParamKind, ParamRef } from '@wherry/api'
import { type DeepReadonly, matcherOf, parseGroupVersion } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { Registry } from '../../registry/registry.ts'

/** A policy or a binding asks for something that cannot be: the failure policy decides. */
export class ConfigurationError extends Error {}

/**
 * The parameters of a binding, one evaluation each; `[null]` where there are none to use. As upstream:
 * generic/policy_dispatcher, `CollectParams`.
 */
export function collectParams(
  kind: DeepReadonly<ParamKind> | undefined,
  ref: DeepReadonly<ParamRef> | undefined,
  namespace: string | undefined,
  { registry, behaviours }: { registry: Registry; behaviours: Behaviours },
): readonly (DeepReadonly<KubeObject> | null)[] {
  if (!kind || !ref) return [null]
  const { group, version } = parseGroupVersion(kind.apiVersion ?? '')
  const served = registry.all.find(({ definition }) => {
    const known = definition.kind
    return known.group === group && known.version === version && known.kind === kind.kind
  })
  if (!served) {
    throw new ConfigurationError(
      `paramKind kind \`&ParamKind{APIVersion:${kind.apiVersion},Kind:${kind.kind},}\` not known`,
    )
  }
  const { definition } = served
  const scoped = definition.kind.namespaced
  if (ref.namespace && !scoped) {
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  }
  const from = scoped ? ref.namespace || namespace : undefined
  if (scoped && !from) {
    const what = 'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources'
    throw new ConfigurationError(what)
  }
  const store = behaviours.store(definition.kind)
  const found = ref.name
    ? [store.get({ namespace: from, name: ref.name })]
    : store.list(from).filter((one) => matcherOf(ref.selector ?? {}).matches(one.metadata?.labels))
  const params = found
    .filter((one) => one !== undefined)
    .map((one) => ({ ...one, apiVersion: kind.apiVersion ?? '', kind: kind.kind ?? '' }))
  if (params.length === 0 && ref.parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction')
  }
  return params
}
