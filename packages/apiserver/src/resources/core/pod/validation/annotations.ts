import type { ObjectMeta } from '@wherry/api'
import { type DeepReadonly, type FieldError, fieldForbidden, fieldInvalid, goQuote } from '@wherry/apimachinery'
import { containersOf, ratchet, type Spec } from './context.ts'
import { validateDescendingPath } from './mounts.ts'

type Annotations = Readonly<Record<string, string>>

/** Marks the pod that stands in the API for one that a node runs on its own. */
export const mirror = 'kubernetes.io/config.mirror'
const deletionCost = 'controller.kubernetes.io/pod-deletion-cost'
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/'
const appArmor = 'container.apparmor.security.beta.kubernetes.io/'

/** As `ValidatePodSpecificAnnotations`. */
export function validatePodAnnotations(
  annotations: Annotations = {},
  spec: Spec,
  field: string,
  old?: Annotations,
): FieldError[] {
  const errors: FieldError[] = []
  const mirrored = annotations[mirror]
  if (mirrored !== undefined && !spec.nodeName) {
    const detail = 'must set spec.nodeName if mirror pod annotation is set'
    errors.push(fieldInvalid(`${field}[${mirror}]`, mirrored, detail))
  }
  errors.push(...ratchet(validateCost(annotations, field), () => validateCost(old ?? {}, '')))
  for (const [key, value] of Object.entries(annotations)) {
    if (key === seccompPod || key.startsWith(seccompContainer))
      errors.push(...validateSeccomp(value, `${field}.${key}`))
  }
  const names = new Set(containersOf(spec, '').map(([{ name }]) => name))
  for (const [key, value] of Object.entries(annotations)) {
    if (!key.startsWith(appArmor)) continue
    const container = key.slice(appArmor.length)
    if (!names.has(container)) errors.push(fieldInvalid(`${field}[${key}]`, container, 'container not found'))
    if (/^(|runtime\/default|unconfined|localhost\/.*)$/s.test(value)) continue
    errors.push(fieldInvalid(`${field}[${key}]`, value, `invalid AppArmor profile name: ${goQuote(value)}`))
  }
  return errors
}

function validateCost(annotations: Annotations, field: string): FieldError[] {
  const cost = annotations[deletionCost]
  if (cost === undefined) return []
  const number = /^(0|-?[1-9]\d{0,9})$/.test(cost) ? Number(cost) : Number.NaN
  if (number >= -(2 ** 31) && number < 2 ** 31) return []
  return [fieldInvalid(`${field}[${deletionCost}]`, cost, 'must be a 32bit integer')]
}

function validateSeccomp(profile: string, field: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(profile)) return []
  if (profile.startsWith('localhost/')) return validateDescendingPath(profile.slice('localhost/'.length), field)
  return [fieldInvalid(field, profile, 'must be a valid seccomp profile')]
}

interface Profile {
  readonly type: string
  readonly localhostProfile?: string
}

/** Who sets a profile in the spec and in an annotation must say the same twice. */
export function validateProfilesMatch(
  { annotations = {} }: DeepReadonly<ObjectMeta>,
  spec: Spec,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  const match = (profile: Profile | undefined, value: string | undefined, at: string, what: string) => {
    if (profile && value !== undefined) errors.push(...validateMatch(profile, value, at, what))
  }
  const { seccompProfile, appArmorProfile } = spec.securityContext ?? {}
  match(seccompProfile, annotations[seccompPod], `${field}.securityContext.seccompProfile`, 'seccomp')
  const containers = containersOf(spec, field)
  for (const [{ name, securityContext }, at] of containers) {
    const value = annotations[`${seccompContainer}${name}`]
    match(securityContext?.seccompProfile, value, `${at}.securityContext.seccompProfile`, 'seccomp')
  }
  if (spec.os?.name === 'windows') return errors
  for (const [{ name, securityContext }, at] of containers) {
    const profile = securityContext?.appArmorProfile ?? appArmorProfile
    match(profile, annotations[`${appArmor}${name}`], `${at}.securityContext.appArmorProfile`, 'apparmor')
  }
  return errors
}

function validateMatch({ type, localhostProfile }: Profile, value: string, field: string, what: string): FieldError[] {
  const other = fieldForbidden(`${field}.type`, `${what} type in annotation and field must match`)
  if (type === 'Unconfined') return value === 'unconfined' ? [] : [other]
  if (type === 'RuntimeDefault') {
    return value === 'runtime/default' || (what === 'seccomp' && value === 'docker/default') ? [] : [other]
  }
  if (type !== 'Localhost') return []
  if (!value.startsWith('localhost/')) return [other]
  if (localhostProfile === value.slice('localhost/'.length)) return []
  return [fieldForbidden(`${field}.localhostProfile`, `${what} profile in annotation and field must match`)]
}

/** A pod is a mirror, and confined by AppArmor, from its beginning or not at all. */
export function validateAnnotationUpdates(now: Annotations = {}, old: Annotations = {}, field: string): FieldError[] {
  const errors: FieldError[] = []
  const what = (key: string): string | undefined => {
    if (key.startsWith(appArmor)) return 'AppArmor annotations'
    return key === mirror ? 'mirror pod annotation' : undefined
  }
  for (const [key, value] of Object.entries(old)) {
    const text = now[key] === value ? undefined : what(key)
    if (text) errors.push(fieldForbidden(`${field}[${key}]`, `may not remove or update ${text}`))
  }
  for (const key of Object.keys(now)) {
    const text = Object.hasOwn(old, key) ? undefined : what(key)
    if (text) errors.push(fieldForbidden(`${field}[${key}]`, `may not add ${text}`))
  }
  return errors
}
