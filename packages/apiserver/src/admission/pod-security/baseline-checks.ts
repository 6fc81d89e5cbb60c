import { goQuote } from '@wherry/apimachinery'
import {
  badContainers,
  type Check,
  containersOf,
  containersText,
  eachContext,
  hasOwnUsers,
  plural,
  type PodView,
  quoted,
  sorted,
  type Violation,
} from './check.ts'

// Upstream's checks of the baseline level, each from the version on that it names: pod-security-admission `policy`.

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'
const profiles = ['RuntimeDefault', 'Localhost']

export const appArmorProfile: Check = (pod) => {
  const bad = new Set<string>()
  const setters = eachContext(pod, ({ appArmorProfile: profile }) => {
    if (!profile || profiles.includes(profile.type)) return false
    bad.add(profile.type)
    return true
  })
  const annotations = Object.entries(pod.metadata.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !/^($|runtime\/default$|localhost\/)/.test(value))
    .map(([key, value]) => `${key}=${goQuote(value)}`)
  if (setters === undefined && annotations.length === 0) return undefined
  const values = [...sorted(bad), ...sorted(annotations)]
  const who = [
    ...(setters === undefined ? [] : [setters]),
    ...(annotations.length > 0 ? [plural('annotation', annotations.length)] : []),
  ]
  return {
    reason: plural('forbidden AppArmor profile', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  }
}

const capabilities = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

export const capabilitiesBaseline: Check = (pod) => {
  const added = new Set<string>()
  const bad = badContainers(pod, ({ securityContext }) => {
    const others = (securityContext?.capabilities?.add ?? []).filter((name) => !capabilities.has(name))
    for (const name of others) added.add(name)
    return others.length > 0
  })
  if (bad.length === 0) return undefined
  const detail = `${containersText(bad)} must not include ${quoted(sorted(added))} in securityContext.capabilities.add`
  return { reason: 'non-default capabilities', detail }
}

export const hostNamespaces: Check = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name])
  if (used.length === 0) return undefined
  return { reason: 'host namespaces', detail: used.map((name) => `${name}=true`).join(', ') }
}

export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)
  if (names.length === 0) return undefined
  return { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` }
}

export const hostPorts: Check = (pod) => {
  const portsOf = (ports: readonly { readonly hostPort?: number }[] | undefined) =>
    (ports ?? []).flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))
  const bad = badContainers(pod, ({ ports }) => portsOf(ports).length > 0)
  if (bad.length === 0) return undefined
  const ports = sorted(containersOf(pod).flatMap((container) => portsOf(container.ports)))
  const verb = bad.length === 1 ? 'uses' : 'use'
  const detail = `${containersText(bad)} ${verb} ${plural('hostPort', ports.length)} ${ports.join(', ')}`
  return { reason: 'hostPort', detail }
}

/** From 1.34 on: probes and hooks ask the pod itself. */
export const hostProbes: Check = (pod) => {
  const hosts = new Set<string>()
  const bad = sorted(
    badContainers(pod, ({ livenessProbe, readinessProbe, startupProbe, lifecycle }) => {
      const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop]
      const found = handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter(Boolean)
      for (const host of found) if (host) hosts.add(host)
      return found.length > 0
    }),
  )
  if (bad.length === 0) return undefined
  const verb = bad.length === 1 ? 'uses' : 'use'
  const what = plural('probe or lifecycle host', hosts.size)
  return {
    reason: 'probe or lifecycle host',
    detail: `${containersText(bad)} ${verb} ${what} ${quoted(sorted(hosts))}`,
  }
}

export const privileged: Check = (pod) => {
  const bad = badContainers(pod, ({ securityContext }) => securityContext?.privileged === true)
  if (bad.length === 0) return undefined
  return { reason: 'privileged', detail: `${containersText(bad)} must not set securityContext.privileged=true` }
}

export const procMount: Check = (pod) => {
  const mounts = new Set<string>()
  const bad = badContainers(pod, ({ securityContext }) => {
    const mount = securityContext?.procMount
    if (mount === undefined || mount === 'Default') return false
    mounts.add(mount)
    return true
  })
  if (bad.length === 0) return undefined
  const detail = `${containersText(bad)} must not set securityContext.procMount to ${quoted(sorted(mounts))}`
  return { reason: 'procMount', detail }
}

/** From 1.35 on. */
export const procMountUnlessOwnUsers: Check = (pod) => (hasOwnUsers(pod) ? undefined : procMount(pod))

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t']

export const seLinuxOptions: Check = (pod) => seLinux(pod, seLinuxTypes)
/** From 1.31 on. */
export const seLinuxOptionsWithEngine: Check = (pod) => seLinux(pod, [...seLinuxTypes, 'container_engine_t'])

function seLinux(pod: PodView, allowed: readonly string[]): Violation | undefined {
  const types = new Set<string>()
  const faults = new Set<string>()
  const setters = eachContext(pod, ({ seLinuxOptions: options }) => {
    if (!options) return false
    const { type = '', user, role } = options
    if (!allowed.includes(type)) types.add(type)
    if (user) faults.add('user may not be set')
    if (role) faults.add('role may not be set')
    return !allowed.includes(type) || Boolean(user) || Boolean(role)
  })
  if (setters === undefined) return undefined
  const bad = types.size > 0 ? [`${plural('type', types.size)} ${quoted(sorted(types))}`] : []
  const rest = ['user may not be set', 'role may not be set'].filter((fault) => faults.has(fault))
  const detail = `${setters} set forbidden securityContext.seLinuxOptions: ${[...bad, ...rest].join('; ')}`
  return { reason: 'seLinuxOptions', detail }
}

const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod'
const seccompPrefix = 'container.seccomp.security.alpha.kubernetes.io/'

/** Before 1.19: annotations say it. */
export const seccompAnnotations: Check = (pod) => {
  const keys = [seccompPod, ...containersOf(pod).map(({ name }) => `${seccompPrefix}${name}`)]
  const bad = keys.flatMap((key) => {
    const value = pod.metadata.annotations?.[key]
    const fine = value === undefined || /^(runtime\/default|docker\/default)$|^localhost\//.test(value)
    return fine ? [] : [`${key}=${goQuote(value)}`]
  })
  if (bad.length === 0) return undefined
  const list = sorted(bad)
  return { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', list.length)} ${list.join(', ')}` }
}

/** From 1.19 on. */
export const seccompBaseline: Check = (pod) => {
  const bad = new Set<string>()
  const setters = eachContext(pod, ({ seccompProfile: profile }) => {
    if (!profile || profiles.includes(profile.type)) return false
    bad.add(profile.type)
    return true
  })
  if (setters === undefined) return undefined
  const detail = `${setters} must not set securityContext.seccompProfile.type to ${quoted(sorted(bad))}`
  return { reason: 'seccompProfile', detail }
}

const sysctlsOf: readonly (readonly [minor: number, names: readonly string[]])[] = [
  [
    0,
    [
      'kernel.shm_rmid_forced',
      'net.ipv4.ip_local_port_range',
      'net.ipv4.tcp_syncookies',
      'net.ipv4.ping_group_range',
      'net.ipv4.ip_unprivileged_port_start',
    ],
  ],
  [27, ['net.ipv4.ip_local_reserved_ports']],
  [
    29,
    [
      'net.ipv4.tcp_keepalive_time',
      'net.ipv4.tcp_fin_timeout',
      'net.ipv4.tcp_keepalive_intvl',
      'net.ipv4.tcp_keepalive_probes',
    ],
  ],
  [32, ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']],
]

/** Those that were safe in a version. */
export function sysctlsSince(minor: number): Check {
  const allowed = new Set(sysctlsOf.flatMap(([since, names]) => (since <= minor ? names : [])))
  return ({ spec }) => {
    const bad = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !allowed.has(name))
    return bad.length === 0 ? undefined : { reason: 'forbidden sysctls', detail: bad.join(', ') }
  }
}

export const windowsHostProcess: Check = (pod) => {
  const setters = eachContext(pod, ({ windowsOptions }) => windowsOptions?.hostProcess === true)
  if (setters === undefined) return undefined
  return { reason: 'hostProcess', detail: `${setters} must not set securityContext.windowsOptions.hostProcess=true` }
}
