import type { AppArmorProfile, PodSecurityContext, SeccompProfile, SecurityContext } from '@wherry/api'
import {
  byteLength,
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  fieldTooLong,
  isGroupID,
  isUserID,
} from '@wherry/apimachinery'
import { refusals } from '../../../fields.ts'
import { type PodContext, ratchet, type Spec } from './context.ts'
import { validateDescendingPath } from './mounts.ts'
import { validateWindowsOptions } from './windows.ts'

/** As `ValidateSecurityContext`; this server's pods may be privileged. */
export function validateSecurityContext(
  context: DeepReadonly<SecurityContext> | undefined,
  { hostUsers }: Spec,
  field: string,
): FieldError[] {
  if (!context) return []
  const errors = [
    ...validateID(context.runAsUser, isUserID, `${field}.runAsUser`),
    ...validateID(context.runAsGroup, isGroupID, `${field}.runAsGroup`),
  ]
  const mount = context.procMount
  if (mount !== undefined) {
    errors.push(...oneOf(mount, ['Default', 'Unmasked'], `${field}.procMount`))
    if (mount === 'Unmasked' && hostUsers !== false) {
      errors.push(fieldInvalid(`${field}.procMount`, mount, '`hostUsers` must be false to use `Unmasked`'))
    }
  }
  errors.push(...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`))
  if (context.allowPrivilegeEscalation === false) {
    const cannot = 'cannot set `allowPrivilegeEscalation` to false and'
    const value = asInternal(context)
    if (context.privileged) errors.push(fieldInvalid(field, value, `${cannot} \`privileged\` to true`))
    for (const capability of context.capabilities?.add ?? []) {
      if (capability !== 'CAP_SYS_ADMIN') continue
      errors.push(fieldInvalid(field, value, `${cannot} \`capabilities.Add\` CAP_SYS_ADMIN`))
    }
  }
  return [
    ...errors,
    ...validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`),
    ...validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`),
  ]
}

/** The context as upstream's messages show it: the fields of its internal type. */
function asInternal(context: DeepReadonly<SecurityContext>): object {
  const { capabilities, seLinuxOptions: linux, windowsOptions: windows } = context
  const profile = (value: DeepReadonly<SeccompProfile> | undefined) =>
    value ? { Type: value.type, LocalhostProfile: value.localhostProfile ?? null } : null
  return {
    Capabilities: capabilities ? { Add: capabilities.add ?? null, Drop: capabilities.drop ?? null } : null,
    Privileged: context.privileged ?? null,
    SELinuxOptions: linux
      ? { User: linux.user ?? '', Role: linux.role ?? '', Type: linux.type ?? '', Level: linux.level ?? '' }
      : null,
    WindowsOptions: windows
      ? {
          GMSACredentialSpecName: windows.gmsaCredentialSpecName ?? null,
          GMSACredentialSpec: windows.gmsaCredentialSpec ?? null,
          RunAsUserName: windows.runAsUserName ?? null,
          HostProcess: windows.hostProcess ?? null,
        }
      : null,
    RunAsUser: context.runAsUser ?? null,
    RunAsGroup: context.runAsGroup ?? null,
    RunAsNonRoot: context.runAsNonRoot ?? null,
    ReadOnlyRootFilesystem: context.readOnlyRootFilesystem ?? null,
    AllowPrivilegeEscalation: context.allowPrivilegeEscalation ?? null,
    ProcMount: context.procMount ?? null,
    SeccompProfile: profile(context.seccompProfile),
    AppArmorProfile: profile(context.appArmorProfile),
  }
}

/** As `validatePodSpecSecurityContext`. */
export function validatePodSecurityContext(spec: Spec, pod: PodContext, field: string): FieldError[] {
  const context: DeepReadonly<PodSecurityContext> = spec.securityContext ?? {}
  const errors = [
    ...validateID(context.fsGroup, isGroupID, `${field}.fsGroup`),
    ...validateID(context.runAsUser, isUserID, `${field}.runAsUser`),
    ...validateID(context.runAsGroup, isGroupID, `${field}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((id, i) =>
      validateID(id, isGroupID, `${field}.supplementalGroups[${i}]`),
    ),
  ]
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled'
    errors.push(fieldInvalid(`${field}.shareProcessNamespace`, true, detail))
  }
  return [
    ...errors,
    ...validateSysctls(spec, pod, `${field}.sysctls`),
    ...oneOf(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${field}.fsGroupChangePolicy`),
    ...validateSeccomp(context.seccompProfile, `${field}.seccompProfile`),
    ...validateWindowsOptions(context.windowsOptions, `${field}.windowsOptions`),
    ...validateAppArmor(context.appArmorProfile, `${field}.appArmorProfile`),
    ...oneOf(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${field}.supplementalGroupsPolicy`),
    ...oneOf(context.seLinuxChangePolicy, ['MountOption', 'Recursive'], `${field}.seLinuxChangePolicy`),
  ]
}

const sysctlPattern = '^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$'
const sysctlName = new RegExp(sysctlPattern)

function validateSysctls(spec: Spec, { old }: PodContext, field: string): FieldError[] {
  const names = new Set<string>()
  return (spec.securityContext?.sysctls ?? []).flatMap(({ name = '' }, i) => {
    const at = `${field}[${i}].name`
    const errors: FieldError[] = []
    if (name === '') errors.push(fieldRequired(at))
    else if (byteLength(name) > 253 || !sysctlName.test(name)) {
      errors.push(fieldInvalid(at, name, `must have at most 253 characters and match regex ${sysctlPattern}`))
    } else if (names.has(name)) errors.push(fieldDuplicate(at, name))
    names.add(name)
    return [...errors, ...ratchet(validateHostSysctl(name, spec, at), () => hostSysctlsOf(old))]
  })
}

function hostSysctlsOf(spec: Spec | undefined): FieldError[] {
  return (spec?.securityContext?.sysctls ?? []).flatMap(({ name }) =>
    validateHostSysctl(name, spec ?? { containers: [] }, ''),
  )
}

/** Who shares the host's namespace does not change it. As `ValidateHostSysctl`. */
function validateHostSysctl(name: string, spec: Spec, field: string): FieldError[] {
  const slashed = /^[^./]*\//.test(name)
  const dotted = slashed ? name.replace(/[./]/g, (char) => (char === '/' ? '.' : '/')) : name
  if (spec.hostNetwork && dotted.startsWith('net.')) {
    return [fieldInvalid(field, name, "may not be specified when 'hostNetwork' is true")]
  }
  if (spec.hostIPC && /^(kernel\.(shm|msg)|kernel\.sem$|fs\.mqueue\.)/.test(dotted)) {
    return [fieldInvalid(field, name, "may not be specified when 'hostIPC' is true")]
  }
  return []
}

/** As `validatePodHostNetworkDeps`: a template may leave the host port open. */
export function validateHostPorts({ hostNetwork, containers = [] }: Spec, { isPod }: PodContext, field: string) {
  if (!hostNetwork) return []
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort = 0, containerPort }, j) => {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) return []
      const detail = 'must match `containerPort` when `hostNetwork` is true'
      return [fieldInvalid(`${field}[${i}].ports[${j}].hostPort`, hostPort, detail)]
    }),
  )
}

function validateID(id: number | undefined, refuse: (id: number) => string[], field: string): FieldError[] {
  return id === undefined ? [] : refusals(field, id, refuse(id))
}

function oneOf(value: string | undefined, values: readonly string[], field: string): FieldError[] {
  return value === undefined || values.includes(value) ? [] : [fieldNotSupported(field, value, values)]
}

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined']

function validateSeccomp(profile: DeepReadonly<SeccompProfile> | undefined, field: string): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile: local } = profile
  const errors: FieldError[] = []
  if (!type) errors.push(fieldRequired(`${field}.type`, 'type is required when seccompProfile is set'))
  else errors.push(...oneOf(type, profileTypes, `${field}.type`))
  const at = `${field}.localhostProfile`
  if (type === 'Localhost') {
    if (local === undefined) errors.push(fieldRequired(at, 'must be set when seccomp type is Localhost'))
    else errors.push(...validateDescendingPath(local, at))
  } else if (local !== undefined) {
    const value = { Type: type ?? '', LocalhostProfile: local }
    errors.push(fieldInvalid(at, value, 'can only be set when seccomp type is Localhost'))
  }
  return errors
}

const maxProfileLength = 4095

/** As `ValidateAppArmorProfileField`. */
function validateAppArmor(profile: DeepReadonly<AppArmorProfile> | undefined, field: string): FieldError[] {
  if (!profile) return []
  const { type, localhostProfile: local } = profile
  const at = `${field}.localhostProfile`
  const missing = fieldRequired(at, 'must be set when AppArmor type is Localhost')
  if (!type) return [fieldRequired(`${field}.type`, 'type is required when appArmorProfile is set')]
  if (!profileTypes.includes(type)) return [fieldNotSupported(`${field}.type`, type, profileTypes)]
  if (type !== 'Localhost') {
    const detail = 'can only be set when AppArmor type is Localhost'
    return local === undefined ? [] : [fieldInvalid(at, local, detail)]
  }
  if (local === undefined) return [missing]
  const errors: FieldError[] = []
  if (local.trim() !== local) errors.push(fieldInvalid(at, local, 'must not be padded with whitespace'))
  else if (local === '') errors.push(missing)
  if (byteLength(local) > maxProfileLength) errors.push(fieldTooLong(at, '', maxProfileLength))
  return errors
}
