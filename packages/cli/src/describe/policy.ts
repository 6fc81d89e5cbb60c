import type {
  HorizontalPodAutoscaler,
  IngressClass,
  LabelSelector,
  MetricSpec,
  MetricStatus,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
  PodDisruptionBudget,
  PriorityClass,
} from '@wherry/api'
import { matcherOf } from '@wherry/apimachinery'
import type { DescribeContext } from './describer.ts'
import { describeEvents } from './events.ts'
import { goTime, type Lines, localTime, orNone } from './lines.ts'
import { describeAnnotations, describeLabels } from './metadata.ts'

export function describePriorityClass(lines: Lines, priority: PriorityClass, { events, now }: DescribeContext): void {
  const { metadata, value, globalDefault = false, preemptionPolicy, description = '' } = priority
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Value:\t${value}`)
  lines.line(0, `GlobalDefault:\t${globalDefault}`)
  lines.line(0, `PreemptionPolicy:\t${preemptionPolicy ?? 'PreemptLowerPriority'}`)
  lines.line(0, `Description:\t${description}`)
  const annotations = Object.entries(metadata.annotations ?? {}).map(([key, text]) => `${key}=${text}`)
  lines.line(0, `Annotations:\t${orNone(annotations.sort().join(','))}`)
  describeEvents(lines, events, now)
}

export function describeBudget(lines: Lines, budget: PodDisruptionBudget, { events, now }: DescribeContext): void {
  const { metadata, spec, status } = budget
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  if (spec?.minAvailable !== undefined) lines.line(0, `Min available:\t${spec.minAvailable}`)
  else if (spec?.maxUnavailable !== undefined) lines.line(0, `Max unavailable:\t${spec.maxUnavailable}`)
  lines.line(0, spec?.selector ? `Selector:\t${orNone(matcherOf(spec.selector).toString())}` : 'Selector:\t<unset>')
  lines.line(0, 'Status:')
  lines.line(2, `Allowed disruptions:\t${status?.disruptionsAllowed ?? 0}`)
  lines.line(2, `Current:\t${status?.currentHealthy ?? 0}`)
  lines.line(2, `Desired:\t${status?.desiredHealthy ?? 0}`)
  lines.line(2, `Total:\t${status?.expectedPods ?? 0}`)
  describeEvents(lines, events, now)
}

export function describeIngressClass(lines: Lines, ingressClass: IngressClass, { events, now }: DescribeContext): void {
  const { metadata, spec } = ingressClass
  lines.line(0, `Name:\t${metadata.name}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `Controller:\t${spec?.controller ?? ''}`)
  const parameters = spec?.parameters
  if (parameters) {
    lines.line(0, 'Parameters:')
    if (parameters.apiGroup) lines.line(1, `APIGroup:\t${parameters.apiGroup}`)
    lines.line(1, `Kind:\t${parameters.kind}`)
    lines.line(1, `Name:\t${parameters.name}`)
  }
  describeEvents(lines, events, now)
}

export function describeAutoscaler(lines: Lines, hpa: HorizontalPodAutoscaler, { events, now }: DescribeContext): void {
  const { metadata, spec, status } = hpa
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, `CreationTimestamp:\t${localTime(metadata.creationTimestamp)}`)
  lines.line(0, `Reference:\t${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`)
  lines.line(0, 'Metrics:\t( current / target )')
  spec?.metrics?.forEach((metric, at) => {
    lines.line(1, metricLine(metric, status?.currentMetrics?.[at]))
  })
  lines.line(0, `Min replicas:\t${spec?.minReplicas ?? '<unset>'}`)
  lines.line(0, `Max replicas:\t${spec?.maxReplicas ?? 0}`)
  const reference = spec?.scaleTargetRef.kind ?? ''
  lines.line(0, `${reference} pods:\t${status?.currentReplicas ?? 0} current / ${status?.desiredReplicas ?? 0} desired`)
  if (status?.conditions?.length) {
    lines.line(0, 'Conditions:')
    lines.line(1, 'Type\tStatus\tReason\tMessage')
    lines.line(1, '----\t------\t------\t-------')
    for (const { type, status: state, reason = '', message = '' } of status.conditions) {
      lines.line(1, `${type}\t${state}\t${reason}\t${message}`)
    }
  }
  describeEvents(lines, events, now)
}

function metricLine({ type, resource, pods, object, external }: MetricSpec, current: MetricStatus | undefined): string {
  if (resource) {
    const now = current?.resource?.current
    const { averageUtilization, averageValue } = resource.target
    const what = `resource ${resource.name} on pods`
    if (averageValue !== undefined) return `${what}:\t${now?.averageValue ?? '<unknown>'} / ${averageValue}`
    const used =
      now?.averageUtilization === undefined ? '<unknown>' : `${now.averageUtilization}% (${now.averageValue ?? '0'})`
    return `${what}  (as a percentage of request):\t${used} / ${averageUtilization ?? '<auto>'}%`
  }
  if (pods) {
    const now = current?.pods?.current.averageValue ?? '<unknown>'
    return `${JSON.stringify(pods.metric.name)} on pods:\t${now} / ${pods.target.averageValue ?? ''}`
  }
  if (object) {
    const { kind, name } = object.describedObject
    const now = current?.object?.current.value ?? '<unknown>'
    return `${JSON.stringify(object.metric.name)} on ${kind}/${name} (target value):\t${now} / ${object.target.value ?? ''}`
  }
  if (external) {
    const now = current?.external?.current.value ?? '<unknown>'
    return `${JSON.stringify(external.metric.name)} (target value):\t${now} / ${external.target.value ?? ''}`
  }
  return `<unknown metric type ${JSON.stringify(type)}>`
}

export function describeNetworkPolicy(lines: Lines, policy: NetworkPolicy): void {
  const { metadata, spec } = policy
  lines.line(0, `Name:\t${metadata.name}`)
  lines.line(0, `Namespace:\t${metadata.namespace}`)
  lines.line(0, `Created on:\t${goTime(metadata.creationTimestamp)}`)
  describeLabels(lines, 'Labels', metadata.labels)
  describeAnnotations(lines, 'Annotations', metadata.annotations)
  lines.line(0, 'Spec:')
  const selector = selectorText(spec?.podSelector)
  lines.line(
    1,
    `PodSelector:     ${selector === '<none>' ? '<none> (Allowing the specific traffic to all pods in this namespace)' : selector}`,
  )
  const types = spec?.policyTypes ?? []
  if (types.includes('Ingress')) {
    lines.line(1, 'Allowing ingress traffic:')
    const rules = (spec?.ingress ?? []).map(({ ports, from }) => ({ ports, peers: from }))
    describeRules(lines, rules, 'From', 'ingress')
  } else lines.line(1, 'Not affecting ingress traffic')
  if (types.includes('Egress')) {
    lines.line(1, 'Allowing egress traffic:')
    const rules = (spec?.egress ?? []).map(({ ports, to }) => ({ ports, peers: to }))
    describeRules(lines, rules, 'To', 'egress')
  } else lines.line(1, 'Not affecting egress traffic')
  lines.line(1, `Policy Types: ${types.join(', ')}`)
}

interface Rule {
  ports: NetworkPolicyPort[] | undefined
  peers: NetworkPolicyPeer[] | undefined
}

function describeRules(lines: Lines, rules: readonly Rule[], side: string, direction: string): void {
  if (rules.length === 0) {
    lines.line(2, `<none> (Selected pods are isolated for ${direction} connectivity)`)
    return
  }
  rules.forEach(({ ports = [], peers = [] }, at) => {
    if (at > 0) lines.line(2, '----------')
    if (ports.length === 0) lines.line(2, 'To Port: <any> (traffic allowed to all ports)')
    for (const { port, endPort, protocol = 'TCP' } of ports) {
      lines.line(2, `To Port: ${port ?? '<any>'}${endPort === undefined ? '' : `-${endPort}`}/${protocol}`)
    }
    if (peers.length === 0) {
      lines.line(2, `${side}: <any> (traffic not restricted by ${side === 'From' ? 'source' : 'destination'})`)
      return
    }
    for (const { namespaceSelector, podSelector, ipBlock } of peers) {
      lines.line(2, `${side}:`)
      if (ipBlock) {
        lines.line(3, 'IPBlock:')
        lines.line(4, `CIDR: ${ipBlock.cidr}`)
        lines.line(4, `Except: ${(ipBlock.except ?? []).join(', ')}`)
      }
      if (namespaceSelector) lines.line(3, `NamespaceSelector: ${selectorText(namespaceSelector)}`)
      if (podSelector) lines.line(3, `PodSelector: ${selectorText(podSelector)}`)
    }
  })
}

function selectorText(selector: LabelSelector | undefined): string {
  return orNone(matcherOf(selector).toString())
}
