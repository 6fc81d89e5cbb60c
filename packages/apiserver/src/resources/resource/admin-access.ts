import { type DeviceClaim, type Kind, Namespace, type ObjectMeta } from '@wherry/api'
import { type DeepReadonly, fieldForbidden, groupKind, invalid } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'

const label = 'resource.kubernetes.io/admin-access'

/**
 * Refuses requests for access to devices that are in use, but in namespaces for administrators. As
 * pkg/registry/resource/resourceclaim/strategy.go, `AuthorizedForAdmin`.
 */
export function refuseAdminAccess(
  kind: Kind,
  metadata: DeepReadonly<ObjectMeta>,
  claim: DeepReadonly<DeviceClaim> | undefined,
  field: string,
  behaviours: Behaviours,
): void {
  const asking = (claim?.requests ?? []).findIndex(({ exactly }) => exactly?.adminAccess)
  if (asking < 0) return
  const namespace = behaviours.store(Namespace).get({ name: metadata.namespace ?? '' })
  if (namespace?.metadata.labels?.[label] === 'true') return
  const detail = `admin access to devices requires the \`${label}: true\` label on the containing namespace`
  const errors = [fieldForbidden(`${field}.devices.requests[${asking}].exactly.adminAccess`, detail)]
  throw invalid(groupKind(kind), metadata.name ?? '', errors)
}
