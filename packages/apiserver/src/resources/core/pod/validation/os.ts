import { type FieldError, fieldForbidden, fieldNotSupported, fieldRequired } from '@wherry/apimachinery'
import { containersOf, type Spec } from './context.ts'

const linuxOnly = 'cannot be set for a windows pod'
const windowsOnly = 'windows options cannot be set for a linux pod'
const systems = ['linux', 'windows']

const podFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const

const containerFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const

/** What a pod may not have on the system that it names. As `validateOS`, `validateLinux` and `validateWindows`. */
export function validateOS(spec: Spec, field: string): FieldError[] {
  if (!spec.os) return []
  const { name } = spec.os
  if (!name) return [fieldRequired(`${field}.os.name`, 'cannot be empty')]
  if (!systems.includes(name)) return [fieldNotSupported(`${field}.os`, name, systems)]
  return name === 'linux' ? validateLinux(spec, field) : validateWindows(spec, field)
}

function validateLinux(spec: Spec, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (spec.securityContext?.windowsOptions) {
    errors.push(fieldForbidden(`${field}.securityContext.windowsOptions`, windowsOnly))
  }
  for (const [{ securityContext }, at] of containersOf(spec, field)) {
    if (!securityContext?.windowsOptions) continue
    errors.push(fieldForbidden(`${at}.securityContext.windowsOptions`, windowsOnly))
  }
  return errors
}

function validateWindows(spec: Spec, field: string): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (present: boolean, name: string) => {
    if (present) errors.push(fieldForbidden(`${field}.${name}`, linuxOnly))
  }
  const context = spec.securityContext ?? {}
  const refuseOwn = (names: readonly (typeof podFields)[number][]) => {
    for (const name of names) refuse(context[name] !== undefined, `securityContext.${name}`)
  }
  refuseOwn(podFields.slice(0, 2))
  refuse(spec.hostUsers !== undefined, 'hostUsers')
  refuse(spec.hostPID === true, 'hostPID')
  refuse(spec.hostIPC === true, 'hostIPC')
  refuseOwn(podFields.slice(2, 5))
  refuse((context.sysctls ?? []).length > 0, 'securityContext.sysctls')
  refuse(spec.shareProcessNamespace !== undefined, 'shareProcessNamespace')
  refuseOwn(podFields.slice(5))
  for (const [{ securityContext }, at] of containersOf(spec, field)) {
    for (const name of containerFields) {
      if (securityContext?.[name] === undefined) continue
      errors.push(fieldForbidden(`${at}.securityContext.${name}`, linuxOnly))
    }
  }
  return errors
}
