import type { Container, ContainerState, ContainerStatus, EnvVar, Pod, Probe, ResourceRequirements } from '@wherry/api'
import { type Lines, localTime, orNone, titleBool } from './lines.ts'

export interface ContainersRequest {
  title: string
  containers: readonly Container[]
  statuses?: readonly ContainerStatus[]
  /** The pod that the containers run in, for values taken from its fields. */
  pod?: Pod
  /** Set inside a pod template: everything stands a little deeper. */
  space?: string
}

/** Containers with their state, one below the other. */
export function describeContainers(
  lines: Lines,
  { title, containers, statuses = [], pod, space = '' }: ContainersRequest,
): void {
  lines.line(0, `${space}${title}:${containers.length === 0 ? ' <none>' : ''}`)
  for (const container of containers) {
    const status = statuses.find(({ name }) => name === container.name)
    lines.line(1, `${space === '' ? '' : ' '}${container.name}:`)
    describeBasics(lines, container, status)
    describeWords(lines, 'Command', container.command)
    describeWords(lines, 'Args', container.args)
    if (status) describeStatus(lines, status)
    describeResources(lines, container.resources, 2)
    if (container.livenessProbe) lines.line(2, `Liveness:\t${probeText(container.livenessProbe)}`)
    if (container.readinessProbe) lines.line(2, `Readiness:\t${probeText(container.readinessProbe)}`)
    if (container.startupProbe) lines.line(2, `Startup:\t${probeText(container.startupProbe)}`)
    describeEnvFrom(lines, container)
    describeEnv(lines, container, pod)
    describeMounts(lines, container)
  }
}

function describeBasics(lines: Lines, container: Container, status: ContainerStatus | undefined): void {
  if (status) lines.line(2, `Container ID:\t${status.containerID ?? ''}`)
  lines.line(2, `Image:\t${container.image ?? ''}`)
  if (status) lines.line(2, `Image ID:\t${status.imageID ?? ''}`)
  const ports = container.ports ?? []
  const named = ports.map(
    ({ containerPort, protocol = 'TCP', name }) => `${containerPort}/${protocol}${name ? ` (${name})` : ''}`,
  )
  const host = ports.map(
    ({ hostPort = 0, protocol = 'TCP', name }) => `${hostPort}/${protocol}${name ? ` (${name})` : ''}`,
  )
  lines.line(2, `${named.length > 1 ? 'Ports' : 'Port'}:\t${orNone(named.join(', '))}`)
  lines.line(2, `${host.length > 1 ? 'Host Ports' : 'Host Port'}:\t${orNone(host.join(', '))}`)
  const profile = container.securityContext?.seccompProfile
  if (profile) {
    lines.line(2, `SeccompProfile:\t${profile.type}`)
    if (profile.type === 'Localhost') lines.line(3, `LocalhostProfile:\t${profile.localhostProfile ?? ''}`)
  }
}

function describeWords(lines: Lines, title: string, words: readonly string[] = []): void {
  if (words.length === 0) return
  lines.line(2, `${title}:`)
  for (const word of words) for (const part of word.split('\n')) lines.line(3, part)
}

function describeStatus(lines: Lines, status: ContainerStatus): void {
  describeState(lines, 'State', status.state)
  if (status.lastState?.terminated) describeState(lines, 'Last State', status.lastState)
  lines.line(2, `Ready:\t${titleBool(status.ready)}`)
  lines.line(2, `Restart Count:\t${status.restartCount}`)
}

function describeState(lines: Lines, title: string, state: ContainerState | undefined): void {
  if (state?.running) {
    lines.line(2, `${title}:\tRunning`)
    lines.line(3, `Started:\t${localTime(state.running.startedAt)}`)
  } else if (state?.terminated) {
    const { reason, message, exitCode, signal, startedAt, finishedAt } = state.terminated
    lines.line(2, `${title}:\tTerminated`)
    if (reason) lines.line(3, `Reason:\t${reason}`)
    if (message) lines.line(3, `Message:\t${message}`)
    lines.line(3, `Exit Code:\t${exitCode}`)
    if (signal) lines.line(3, `Signal:\t${signal}`)
    lines.line(3, `Started:\t${localTime(startedAt)}`)
    lines.line(3, `Finished:\t${localTime(finishedAt)}`)
  } else {
    lines.line(2, `${title}:\tWaiting`)
    if (state?.waiting?.reason) lines.line(3, `Reason:\t${state.waiting.reason}`)
  }
}

/** Limits and requests, each with its amounts below. */
export function describeResources(lines: Lines, resources: ResourceRequirements | undefined, level: number): void {
  for (const [title, amounts] of [
    ['Limits', resources?.limits],
    ['Requests', resources?.requests],
  ] as const) {
    const names = Object.keys(amounts ?? {}).sort()
    if (names.length > 0) lines.line(level, `${title}:`)
    for (const name of names) lines.line(level + 1, `${name}:\t${amounts?.[name]}`)
  }
}

function probeText(probe: Probe): string {
  const {
    initialDelaySeconds = 0,
    timeoutSeconds = 0,
    periodSeconds = 0,
    successThreshold = 0,
    failureThreshold = 0,
  } = probe
  const numbers = `delay=${initialDelaySeconds}s timeout=${timeoutSeconds}s period=${periodSeconds}s #success=${successThreshold} #failure=${failureThreshold}`
  if (probe.exec) return `exec [${(probe.exec.command ?? []).join(' ')}] ${numbers}`
  if (probe.httpGet) {
    const { scheme = '', host = '', port, path = '' } = probe.httpGet
    return `http-get ${scheme.toLowerCase()}://${host}:${port}${path.startsWith('/') || path === '' ? path : `/${path}`} ${numbers}`
  }
  if (probe.tcpSocket) return `tcp-socket ${probe.tcpSocket.host ?? ''}:${probe.tcpSocket.port} ${numbers}`
  if (probe.grpc) return `grpc <pod>:${probe.grpc.port} ${probe.grpc.service ?? ''} ${numbers}`
  return `unknown ${numbers}`
}

function describeEnvFrom(lines: Lines, { envFrom = [] }: Container): void {
  if (envFrom.length === 0) return
  lines.line(2, 'Environment Variables from:')
  for (const { prefix, configMapRef, secretRef } of envFrom) {
    const ref = configMapRef ?? secretRef
    const type = configMapRef ? 'ConfigMap' : 'Secret'
    const withPrefix = prefix ? ` with prefix '${prefix}'` : ''
    lines.line(3, `${ref?.name ?? ''}\t${type}${withPrefix}\tOptional: ${ref?.optional ?? false}`)
  }
}

function describeEnv(lines: Lines, container: Container, pod: Pod | undefined): void {
  const env = container.env ?? []
  lines.line(2, `Environment:${env.length === 0 ? '\t<none>' : ''}`)
  for (const variable of env) {
    const parts = variable.valueFrom ? [sourceText(variable, container, pod)] : (variable.value ?? '').split('\n')
    parts.forEach((part, at) => {
      lines.line(3, at === 0 ? `${variable.name}:\t${part}` : `\t${part}`)
    })
  }
}

function sourceText({ valueFrom }: EnvVar, container: Container, pod: Pod | undefined): string {
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = valueFrom ?? {}
  if (fieldRef)
    return `${pod ? fieldValue(pod, fieldRef.fieldPath) : ''} (${fieldRef.apiVersion ?? 'v1'}:${fieldRef.fieldPath})`
  if (resourceFieldRef) {
    const [list = '', ...rest] = resourceFieldRef.resource.split('.')
    const amounts = list === 'limits' ? container.resources?.limits : container.resources?.requests
    return `${amounts?.[rest.join('.')] ?? '0'} (${resourceFieldRef.resource})`
  }
  if (secretKeyRef) {
    return `<set to the key '${secretKeyRef.key}' in secret '${secretKeyRef.name}'>\tOptional: ${secretKeyRef.optional ?? false}`
  }
  if (configMapKeyRef) {
    return `<set to the key '${configMapKeyRef.key}' of config map '${configMapKeyRef.name}'>\tOptional: ${configMapKeyRef.optional ?? false}`
  }
  return ''
}

/** The downward API's fields that come from the pod itself. */
function fieldValue(pod: Pod, path: string): string {
  const key = /\['(.*)'\]$/.exec(path)?.[1]
  if (key !== undefined) {
    return (path.startsWith('metadata.labels') ? pod.metadata.labels : pod.metadata.annotations)?.[key] ?? ''
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name ?? ''
    case 'metadata.namespace':
      return pod.metadata.namespace ?? ''
    case 'metadata.uid':
      return pod.metadata.uid ?? ''
    default:
      return ''
  }
}

function describeMounts(lines: Lines, { volumeMounts = [], volumeDevices = [] }: Container): void {
  lines.line(2, `Mounts:${volumeMounts.length === 0 ? '\t<none>' : ''}`)
  const sorted = [...volumeMounts].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1))
  for (const { mountPath, name, readOnly, subPath } of sorted) {
    const flags = [readOnly ? 'ro' : 'rw', ...(subPath ? [`path=${JSON.stringify(subPath)}`] : [])]
    lines.line(3, `${mountPath} from ${name} (${flags.join(',')})`)
  }
  if (volumeDevices.length > 0) lines.line(2, 'Devices:')
  for (const { devicePath, name } of volumeDevices) lines.line(3, `${devicePath} from ${name}`)
}
