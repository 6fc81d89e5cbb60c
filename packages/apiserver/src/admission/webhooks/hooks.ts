import {
  type Kind,
  type MatchCondition,
  type MutatingWebhook,
  MutatingWebhookConfiguration,
  type RuleWithOperations,
  type ValidatingWebhook,
  ValidatingWebhookConfiguration,
  type WebhookClientConfig,
} from '@wherry/api'
import { type DeepReadonly, deepClone, type LabelMatcher, matcherOf } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'

/** One webhook of a configuration, ready to be asked. */
export interface Hook {
  /** Tells hooks apart, those of one name too. */
  readonly uid: string
  readonly name: string
  readonly clientConfig: WebhookClientConfig
  readonly rules: readonly RuleWithOperations[]
  /** `failurePolicy: Ignore`: a webhook that cannot be asked has nothing against the request. */
  readonly ignoresFailure: boolean
  /** `matchPolicy: Equivalent`: rules match other versions of the resource, too. */
  readonly matchesEquivalents: boolean
  readonly namespaceSelector: LabelMatcher
  readonly objectSelector: LabelMatcher
  readonly sideEffects: string
  readonly timeoutMs: number
  /** The first version of AdmissionReview that both sides know; undefined: there is none. */
  readonly reviewVersion: 'v1' | 'v1beta1' | undefined
  readonly reinvocable: boolean
  readonly matchConditions: readonly MatchCondition[]
}

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration

/** The webhooks of one sort, in the order in which they are asked: by the name of their configuration. */
export type HookSource = (behaviours: Behaviours) => readonly Hook[]

/** Compiled again only when a configuration has changed; without any, a request costs one comparison. */
function sourceOf<T extends Configuration>(kind: Kind<T>): HookSource {
  let compiled: { revision: number; hooks: readonly Hook[] } | undefined
  return (behaviours) => {
    const store = behaviours.store(kind)
    const revision = store.revision()
    if (compiled?.revision !== revision) compiled = { revision, hooks: store.list().flatMap(hooksOf) }
    return compiled.hooks
  }
}

export const mutatingHooks = () => sourceOf(MutatingWebhookConfiguration)
export const validatingHooks = () => sourceOf(ValidatingWebhookConfiguration)

function hooksOf({ metadata, webhooks = [] }: DeepReadonly<Configuration>): Hook[] {
  return webhooks.map((webhook, index) => hookOf(deepClone(webhook), `${metadata.name}/${webhook.name}/${index}`))
}

function hookOf(webhook: MutatingWebhook | ValidatingWebhook, uid: string): Hook {
  const { name, clientConfig, rules = [], failurePolicy, matchPolicy, sideEffects, timeoutSeconds = 10 } = webhook
  return {
    uid,
    name,
    clientConfig,
    rules,
    ignoresFailure: failurePolicy === 'Ignore',
    matchesEquivalents: matchPolicy === 'Equivalent',
    namespaceSelector: matcherOf(webhook.namespaceSelector ?? {}),
    objectSelector: matcherOf(webhook.objectSelector ?? {}),
    sideEffects,
    timeoutMs: timeoutSeconds * 1000,
    reviewVersion: webhook.admissionReviewVersions.find((version) => version === 'v1' || version === 'v1beta1'),
    reinvocable: 'reinvocationPolicy' in webhook && webhook.reinvocationPolicy === 'IfNeeded',
    matchConditions: webhook.matchConditions ?? [],
  }
}
