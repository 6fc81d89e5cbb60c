import type { PodSpec, SeccompProfile, SecurityContext } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isGroupID,
  isUserID,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'

type Spec = DeepReadonly<PodSpec>

/** As `ValidateSecurityContext`. */
export function validateSecurityContext(
  context: DeepReadonly<SecurityContext> | undefined,
  field: string,
): FieldError[] {
  if (!context) return []
  const errors = [
    ...validateID(context.runAsUser, isUserID, `${field}.runAsUser`),
    ...validateID(context.runAsGroup, isGroupID, `${field}.runAsGroup`),
    ...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`),
  ]
  const mount = context.procMount
  if (mount !== undefined && mount !== 'Default' && mount !== 'Unmasked') {
    errors.push(fieldNotSupported(`${field}.procMount`, mount, ['Default', 'Unmasked']))
  }
  if (context.allowPrivilegeEscalation !== false) return errors
  const cannot = 'cannot set `allowPrivilegeEscalation` to false and'
  if (context.privileged) errors.push(fieldInvalid(field, context, `${cannot} \`privileged\` to true`))
  if (context.capabilities?.add?.includes('CAP_SYS_ADMIN')) {
    errors.push(fieldInvalid(field, context, `${cannot} \`capabilities.Add\` CAP_SYS_ADMIN`))
  }
  return errors
}

/** As `ValidatePodSecurityContext` and what it checks of the host's namespaces. */
export function validatePodSecurityContext(spec: Spec, field: string): FieldError[] {
  const at = `${field}.securityContext`
  const context = spec.securityContext ?? {}
  const errors = [
    ...validateHostPorts(spec, `${field}.containers`),
    ...validateID(context.fsGroup, isGroupID, `${at}.fsGroup`),
    ...validateID(context.runAsUser, isUserID, `${at}.runAsUser`),
    ...validateID(context.runAsGroup, isGroupID, `${at}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((id, i) =>
      validateID(id, isGroupID, `${at}.supplementalGroups[${i}]`),
    ),
    ...validateSeccomp(context.seccompProfile, `${at}.seccompProfile`),
  ]
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled'
    errors.push(fieldInvalid(`${field}.shareProcessNamespace`, true, detail))
  }
  const policy = context.fsGroupChangePolicy
  if (policy !== undefined && policy !== 'Always' && policy !== 'OnRootMismatch') {
    errors.push(fieldNotSupported(`${at}.fsGroupChangePolicy`, policy, ['Always', 'OnRootMismatch']))
  }
  for (const [i, { name }] of (context.sysctls ?? []).entries()) {
    if (!name) errors.push(fieldRequired(`${at}.sysctls[${i}].name`))
  }
  return errors
}

function validateHostPorts(spec: Spec, field: string): FieldError[] {
  if (!spec.hostNetwork) return []
  return (spec.containers ?? []).flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort, containerPort }, j) => {
      if (hostPort === containerPort) return []
      const detail = 'must match `hostPort` when `hostNetwork` is true'
      return [fieldInvalid(`${field}[${i}].ports[${j}].containerPort`, containerPort, detail)]
    }),
  )
}

function validateID(id: number | undefined, refuse: (id: number) => string[], field: string): FieldError[] {
  return id === undefined ? [] : refusals(field, id, refuse(id))
}

const seccompTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function validateSeccomp(profile: DeepReadonly<SeccompProfile> | undefined, field: string): FieldError[] {
  if (!profile) return []
  if (!profile.type) return [fieldRequired(`${field}.type`, 'type is required when seccompProfile is set')]
  if (!seccompTypes.includes(profile.type)) return [fieldNotSupported(`${field}.type`, profile.type, seccompTypes)]
  if (profile.type === 'Localhost') {
    const detail = 'must be set when seccomp type is Localhost'
    return profile.localhostProfile ? [] : [fieldRequired(`${field}.localhostProfile`, detail)]
  }
  if (profile.localhostProfile === undefined) return []
  return [
    fieldInvalid(
      `${field}.localhostProfile`,
      profile.localhostProfile,
      'can only be set when seccomp type is Localhost',
    ),
  ]
}
