import type {
  Container,
  EphemeralContainer,
  HTTPGetAction,
  LifecycleHandler,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
} from '@wherry/api'
import { podLimits, podRequests, type Resources } from '@wherry/component-helpers'
import { roundResources } from '../../quantities.ts'
import { pullPolicyOf, setFieldRefDefaults, setVolumeDefaults } from './volume-defaults.ts'

/** Defaults that only pods get, not the templates of their controllers. As `SetDefaults_Pod`. */
export function setPodDefaults(pod: Pod): void {
  const spec = (pod.spec ??= { containers: [] })
  setPodSpecDefaults(spec)
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) setRequestsFromLimits(container)
  setPodLevelDefaults(pod, spec)
  spec.enableServiceLinks ??= true
  if (spec.hostNetwork) {
    for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
      for (const port of container.ports ?? []) port.hostPort ||= port.containerPort
    }
  }
}

/** Defaults of a template; makes its spec where there is none. */
export function setPodTemplateDefaults(template: PodTemplateSpec): void {
  setPodSpecDefaults((template.spec ??= { containers: [] }))
}

/** Defaults of every pod spec, wherever it stands. As `SetDefaults_PodSpec` and what it contains. */
export function setPodSpecDefaults(spec: PodSpec): void {
  spec.containers ??= []
  spec.dnsPolicy ||= 'ClusterFirst'
  spec.restartPolicy ||= 'Always'
  spec.securityContext ??= {}
  spec.terminationGracePeriodSeconds ??= 30
  spec.schedulerName ||= 'default-scheduler'
  syncServiceAccount(spec)
  roundResources(spec.overhead)
  roundResources(spec.resources?.limits)
  roundResources(spec.resources?.requests)
  for (const volume of spec.volumes ?? []) setVolumeDefaults(volume)
  for (const container of spec.initContainers ?? []) setContainerDefaults(container)
  for (const container of spec.containers) setContainerDefaults(container)
  for (const container of spec.ephemeralContainers ?? []) setContainerDefaults(container)
}

/** The deprecated field has the name that the current one has. */
export function syncServiceAccount(spec: PodSpec): void {
  spec.serviceAccountName ||= spec.serviceAccount
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName
  else {
    delete spec.serviceAccountName
    delete spec.serviceAccount
  }
}

/** Defaults of a container of any sort. */
export function setContainerDefaults(container: Container | EphemeralContainer): void {
  container.imagePullPolicy ||= pullPolicyOf(container.image ?? '')
  container.terminationMessagePath ||= '/dev/termination-log'
  container.terminationMessagePolicy ||= 'File'
  container.resources ??= {}
  roundResources(container.resources.limits)
  roundResources(container.resources.requests)
  if (container.securityContext && container.securityContext.procMount === '')
    delete container.securityContext.procMount
  for (const port of container.ports ?? []) port.protocol ||= 'TCP'
  for (const env of container.env ?? []) {
    setFieldRefDefaults(env.valueFrom?.fieldRef)
    if (env.valueFrom?.fileKeyRef) env.valueFrom.fileKeyRef.optional ??= false
  }
  setProbeDefaults(container.livenessProbe)
  setProbeDefaults(container.readinessProbe)
  setProbeDefaults(container.startupProbe)
  setHandlerDefaults(container.lifecycle?.postStart)
  setHandlerDefaults(container.lifecycle?.preStop)
}

function setProbeDefaults(probe: Probe | undefined): void {
  if (!probe) return
  probe.timeoutSeconds ||= 1
  probe.periodSeconds ||= 10
  probe.successThreshold ||= 1
  probe.failureThreshold ||= 3
  if (probe.grpc) probe.grpc.service ??= ''
  setHTTPGetDefaults(probe.httpGet)
}

function setHandlerDefaults(handler: LifecycleHandler | undefined): void {
  setHTTPGetDefaults(handler?.httpGet)
}

function setHTTPGetDefaults(action: HTTPGetAction | undefined): void {
  if (!action) return
  action.path ||= '/'
  action.scheme ||= 'HTTP'
}

/** Who limits a resource without asking for it asks for the limit. */
function setRequestsFromLimits(container: Container): void {
  const limits = container.resources?.limits
  if (!container.resources || !limits || Object.keys(limits).length === 0) return
  container.resources.requests = { ...limits, ...container.resources.requests }
}

/**
 * Requests and limits of the pod itself (KEP-2837), where it has some: what its containers sum up to, else its limits.
 * As `defaultHugePagePodLimits` and `defaultPodRequests`.
 */
function setPodLevelDefaults(pod: Pod, spec: PodSpec): void {
  const own = spec.resources
  if (!own || Object.keys({ ...own.limits, ...own.requests }).length === 0) return
  const withoutOwn: Pod = { ...pod, spec: { ...spec } }
  delete withoutOwn.spec?.resources
  const requestsOfContainers = amounts(() => podRequests(withoutOwn, { excludeOverhead: true }))
  const limitsOfContainers = amounts(() => podLimits(withoutOwn, { excludeOverhead: true }))
  if (!requestsOfContainers || !limitsOfContainers) return

  const limits = { ...own.limits }
  for (const [name, amount] of Object.entries(limitsOfContainers)) {
    if (name.startsWith('hugepages-') && !own.requests?.[name]) limits[name] ??= amount.toString()
  }
  if (Object.keys(limits).length > 0) own.limits = limits
  if (Object.keys(own.limits ?? {}).length === 0) return

  const requests = { ...own.requests }
  for (const [name, amount] of Object.entries(requestsOfContainers)) {
    if (name === 'cpu' || name === 'memory') requests[name] ??= amount.toString()
  }
  for (const [name, limit] of Object.entries(limits)) {
    if (name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')) requests[name] ??= limit
  }
  if (Object.keys(requests).length > 0) own.requests = requests
}

/** Undefined where a quantity does not parse: validation refuses the pod, with the field's path. */
function amounts(compute: () => Resources): Resources | undefined {
  try {
    return compute()
  } catch {
    return undefined
  }
}
