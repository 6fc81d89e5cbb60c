import type { ConditionState, Definition } from './conditions.ts'

/** What protected groups need, to say that their API has been reviewed. */
export const approvedAnnotation = 'api-approved.kubernetes.io'

const reference = 'see https://github.com/kubernetes/enhancements/pull/1111'

/** Whether the group belongs to the Kubernetes project. */
export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group)
}

/** The condition of a definition in a protected group; undefined for all others. As upstream: `GetAPIApprovalState`. */
export function approvalState({ spec, metadata }: Definition): ConditionState | undefined {
  if (!isProtectedGroup(spec.group)) return undefined
  const say = (status: ConditionState['status'], reason: string, message: string): ConditionState => ({
    type: 'KubernetesAPIApprovalPolicyConformant',
    status,
    reason,
    message,
  })
  const { state, message } = approval(metadata.annotations)
  if (state === 'approved') return say('True', 'ApprovedAnnotation', message)
  if (state === 'missing') return say('False', 'MissingAnnotation', message)
  return say('False', state === 'bypassed' ? 'UnapprovedAnnotation' : 'InvalidAnnotation', message)
}

/** What the annotation says of the review, and why. */
export function approval(annotations: Readonly<Record<string, string>> | undefined): {
  state: 'missing' | 'bypassed' | 'approved' | 'invalid'
  message: string
} {
  const value = annotations?.[approvedAnnotation] ?? ''
  const needed = `protected groups must have approval annotation "${approvedAnnotation}"`
  if (value === '') return { state: 'missing', message: `${needed}, ${reference}` }
  if (value.startsWith('unapproved')) return { state: 'bypassed', message: `not approved: ${JSON.stringify(value)}` }
  if (/^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/[^/?#]+/.test(value)) return { state: 'approved', message: `approved in ${value}` }
  const detail = `${needed} with either a URL or a reason starting with "unapproved", ${reference}`
  return { state: 'invalid', message: detail }
}
