import { seccompBaseline } from './baseline-checks.ts'
import {
  badContainers,
  type Check,
  containersText,
  eachContext,
  hasOwnUsers,
  isWindows,
  plural,
  quoted,
  sorted,
} from './check.ts'

// Upstream's checks of the restricted level: pod-security-admission `policy`.

export const unlessWindows =
  (check: Check): Check =>
  (pod) =>
    isWindows(pod) ? undefined : check(pod)

export const unlessOwnUsers =
  (check: Check): Check =>
  (pod) =>
    hasOwnUsers(pod) ? undefined : check(pod)

export const allowPrivilegeEscalation: Check = (pod) => {
  const bad = badContainers(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false)
  if (bad.length === 0) return undefined
  const detail = `${containersText(bad)} must set securityContext.allowPrivilegeEscalation=false`
  return { reason: 'allowPrivilegeEscalation != false', detail }
}

export const capabilitiesRestricted: Check = (pod) => {
  const added = new Set<string>()
  const keeping = badContainers(pod, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL'))
  const adding = badContainers(pod, ({ securityContext }) => {
    const others = (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE')
    for (const name of others) added.add(name)
    return others.length > 0
  })
  const details = [
    ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
    ...(adding.length > 0
      ? [`${containersText(adding)} must not include ${quoted(sorted(added))} in securityContext.capabilities.add`]
      : []),
  ]
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') }
}

const allowedVolumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]

export const restrictedVolumes: Check = ({ spec }) => {
  const types = new Set<string>()
  const bad = (spec.volumes ?? []).filter((volume) => {
    const sources = Object.keys(volume).filter((key) => key !== 'name')
    if (sources.some((source) => allowedVolumes.includes(source))) return false
    types.add(sources[0] ?? 'unknown')
    return true
  })
  if (bad.length === 0) return undefined
  const names = bad.map(({ name }) => name)
  const verb = names.length === 1 ? 'uses' : 'use'
  const what = plural('restricted volume type', types.size)
  const detail = `${plural('volume', names.length)} ${quoted(names)} ${verb} ${what} ${quoted(sorted(types))}`
  return { reason: 'restricted volume types', detail }
}

export const runAsNonRoot: Check = (pod) => {
  const reason = 'runAsNonRoot != true'
  const setters = eachContext(pod, (context) => context.runAsNonRoot === false)
  if (setters !== undefined) {
    return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` }
  }
  if (pod.spec.securityContext?.runAsNonRoot) return undefined
  const bad = badContainers(pod, ({ securityContext }) => securityContext?.runAsNonRoot === undefined)
  if (bad.length === 0) return undefined
  return { reason, detail: `pod or ${containersText(bad)} must set securityContext.runAsNonRoot=true` }
}

export const runAsUser: Check = (pod) => {
  const setters = eachContext(pod, (context) => context.runAsUser === 0)
  return setters === undefined ? undefined : { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` }
}

export const seccompRestricted: Check = (pod) => {
  const explicit = seccompBaseline(pod)
  if (explicit || pod.spec.securityContext?.seccompProfile) return explicit
  const bad = badContainers(pod, ({ securityContext }) => !securityContext?.seccompProfile)
  if (bad.length === 0) return undefined
  const detail = `pod or ${containersText(bad)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
  return { reason: 'seccompProfile', detail }
}
