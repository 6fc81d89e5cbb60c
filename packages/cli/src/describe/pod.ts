import type { Pod } from '@wherry/api'
import { humanDuration } from '@wherry/apimachinery'
import { describeContainers, describeResources } from './containers.ts'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import { type Lines, localTime, titleBool } from './lines.ts'
import { controlledBy, describeAnnotations, describeLabels, describeTolerations } from './metadata.ts'
import { describeSpread } from './pod-template.ts'
import { describeVolumes } from './volumes.ts'

export function describePod(lines: Lines, pod: Pod, { events, now }: DescribeContext): void {
  const { metadata, spec, status } = pod
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  if (spec?.priority !== undefined) lines.line(0, `Priority:\t${spec.priority}`)
  if (spec?.priorityClassName) lines.line(0, `Priority Class Name:\t${spec.priorityClassName}`)
  if (spec?.runtimeClassName) lines.line(0, `Runtime Class Name:\t${spec.runtimeClassName}`)
  if (spec?.serviceAccountName) lines.line(0, `Service Account:\t${spec.serviceAccountName}`)
  lines.line(0, `Node:\t${spec?.nodeName ? `${spec.nodeName}/${status?.hostIP ?? ''}` : '<none>'}`)
  if (status?.startTime) lines.line(0, `Start Time:\t${localTime(status.startTime)}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  describePhase(lines, pod, now)
  if (status?.reason) lines.line(0, `Reason:\t${status.reason}`)
  if (status?.message) lines.line(0, `Message:\t${status.message}`)
  const profile = spec?.securityContext?.seccompProfile
  if (profile) lines.line(0, `SeccompProfile:\t${profile.type}`)
  lines.line(0, `IP:\t${status?.podIP ?? ''}`)
  const ips = status?.podIPs ?? []
  lines.line(0, ips.length === 0 ? 'IPs:\t<none>' : 'IPs:')
  for (const { ip } of ips) lines.line(1, `IP:\t${ip ?? ''}`)
  const controller = controlledBy(metadata)
  if (controller) lines.line(0, `Controlled By:\t${controller}`)
  if (status?.nominatedNodeName) lines.line(0, `NominatedNodeName:\t${status.nominatedNodeName}`)
  if (spec?.resources) {
    lines.line(0, 'Resources:')
    describeResources(lines, spec.resources, 1)
  }
  describeAllContainers(lines, pod)
  describeConditions(lines, pod)
  describeVolumes(lines, spec?.volumes)
  lines.line(0, `QoS Class:\t${status?.qosClass ?? ''}`)
  describeLabels(lines, 'Node-Selectors', spec?.nodeSelector)
  describeTolerations(lines, 'Tolerations', spec?.tolerations)
  describeSpread(lines, spec, '')
  describeEvents(lines, events, now)
}

function describePhase(lines: Lines, { metadata, status }: Pod, now: number): void {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata
  const ended = status?.phase === 'Failed' || status?.phase === 'Succeeded'
  if (!deletionTimestamp || ended) {
    lines.line(0, `Status:\t${status?.phase ?? ''}`)
    return
  }
  lines.line(0, `Status:\tTerminating (lasts ${humanDuration(now - Date.parse(deletionTimestamp))})`)
  lines.line(0, `Termination Grace Period:\t${deletionGracePeriodSeconds}s`)
}

function describeAllContainers(lines: Lines, pod: Pod): void {
  const { spec, status } = pod
  const { initContainers = [], containers = [], ephemeralContainers = [] } = spec ?? {}
  if (initContainers.length > 0) {
    describeContainers(lines, {
      title: 'Init Containers',
      containers: initContainers,
      statuses: status?.initContainerStatuses ?? [],
      pod,
    })
  }
  describeContainers(lines, { title: 'Containers', containers, statuses: status?.containerStatuses ?? [], pod })
  if (ephemeralContainers.length > 0) {
    describeContainers(lines, {
      title: 'Ephemeral Containers',
      containers: ephemeralContainers,
      statuses: status?.ephemeralContainerStatuses ?? [],
      pod,
    })
  }
}

function describeConditions(lines: Lines, { spec, status }: Pod): void {
  const conditions = status?.conditions ?? []
  const gates = spec?.readinessGates ?? []
  if (gates.length > 0) {
    lines.line(0, 'Readiness Gates:')
    lines.line(1, 'Type\tStatus')
    for (const { conditionType } of gates) {
      const found = conditions.find(({ type }) => type === conditionType)
      lines.line(1, `${conditionType} \t${found ? titleBool(found.status === 'True') : '<none>'} `)
    }
  }
  if (conditions.length === 0) return
  lines.line(0, 'Conditions:')
  lines.line(1, 'Type\tStatus')
  for (const { type, status: state } of conditions) lines.line(1, `${type} \t${state} `)
}
