import { type Clock, type Random, realClock, realRandom } from '@wherry/component-base'
import type { Authorizer } from '../authz/authorizer.ts'
import { newEscalationCheck } from '../authz/escalation.ts'
import type { AdmissionPlugin } from './admission.ts'
import { certificateSubjectRestriction } from './certificate-subject.ts'
import { newCertificateApproval, newCertificateSigning } from './certificates.ts'
import { persistentVolumeClaimResize } from './claim-resize.ts'
import { defaultIngressClass, defaultStorageClass } from './default-classes.ts'
import { defaultTolerationSeconds } from './default-tolerations.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { nodeRestriction } from './node-restriction.ts'
import { admissionExpressions } from './policies/expression-plugin.ts'
import { newMutatingAdmissionPolicies } from './policies/mutating-admission-policies.ts'
import { newValidatingAdmissionPolicies } from './policies/validating-admission-policies.ts'
import { podSecurity } from './pod-security/pod-security.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { runtimeClass } from './runtime-class.ts'
import { newServiceAccountPlugin } from './service-account.ts'
import { taintNodesByCondition } from './taint-nodes.ts'
import { newMutatingWebhooks, type WebhookDeps } from './webhooks/mutating-webhooks.ts'
import { newValidatingWebhooks } from './webhooks/validating-webhooks.ts'

export interface AdmissionDeps {
  /** Absent: plugins that ask who may do what are left out. */
  readonly authorizer?: Authorizer
  readonly clock?: Clock
  readonly random?: Random
  /** Absent: no webhook is asked. */
  readonly webhooks?: WebhookDeps
}

/** The plugins in upstream's order (`pkg/kubeapiserver/options/plugins.go`), each of which sees what the ones before did. */
export function newAdmissionPlugins(deps: AdmissionDeps = {}): AdmissionPlugin[] {
  const { authorizer, clock = realClock, random = realRandom, webhooks } = deps
  return [
    namespaceLifecycle,
    limitRanger,
    newServiceAccountPlugin({ clock, random }),
    nodeRestriction,
    taintNodesByCondition,
    podSecurity,
    priority,
    defaultTolerationSeconds,
    defaultStorageClass,
    persistentVolumeClaimResize,
    runtimeClass,
    ...(authorizer ? [newCertificateApproval(authorizer), newCertificateSigning(authorizer)] : []),
    certificateSubjectRestriction,
    defaultIngressClass,
    podTopologyLabels,
    admissionExpressions,
    ...(webhooks
      ? [
          newMutatingAdmissionPolicies({ registry: webhooks.registry, authorizer }),
          newMutatingWebhooks({ ...webhooks, authorizer }),
          newValidatingAdmissionPolicies({ registry: webhooks.registry, authorizer }),
          newValidatingWebhooks({ ...webhooks, authorizer }),
        ]
      : []),
    // Upstream checks this in the registry of roles; here it is admission's last word.
    ...(authorizer ? [newEscalationCheck(authorizer)] : []),
    // The last: what is charged should come to be.
    resourceQuota,
  ]
}
