import type { SigningOptions } from './certificates/signing-controller.ts'
import type { GarbageCollectorOptions } from './garbagecollector/garbage-collector.ts'
import type { NodeLifecycleOptions } from './nodelifecycle/controller.ts'

export interface ControllerManagerOptions {
  /** As `--controllers`: `*` for all, `name` to include, `-name` to exclude; the first that fits counts. */
  controllers: readonly string[]
  /** PEM; what `kube-root-ca.crt` publishes. Absent: nothing is published. */
  rootCA?: string
  /** PEM; what the tokens in Secrets of service accounts are signed with. Absent: they get none. */
  serviceAccountKey?: string
  /** What certificate requests are signed with; absent: none is signed. */
  signing?: SigningOptions
  nodes: NodeLifecycleOptions
  garbageCollector: GarbageCollectorOptions
  terminatedPodThreshold: number
  maxEndpointsPerSlice: number
  workers: {
    deployment: number
    replicaSet: number
    replicationController: number
    endpointSlice: number
    endpoints: number
    namespace: number
    job: number
    daemonSet: number
    statefulSet: number
    cronJob: number
  }
}

/** What kube-controller-manager does without flags. */
export const defaultOptions: ControllerManagerOptions = {
  controllers: ['*'],
  nodes: {
    gracePeriodMs: 50_000,
    startupGracePeriodMs: 60_000,
    evictionRate: 0.1,
    secondaryEvictionRate: 0.01,
    largeClusterThreshold: 50,
    unhealthyZoneThreshold: 0.55,
  },
  garbageCollector: { workers: 20, quiet: { minMs: 5_000, maxMs: 120_000 } },
  terminatedPodThreshold: 12_500,
  maxEndpointsPerSlice: 100,
  workers: {
    deployment: 5,
    replicaSet: 5,
    replicationController: 5,
    endpointSlice: 5,
    endpoints: 5,
    namespace: 10,
    job: 5,
    daemonSet: 2,
    statefulSet: 5,
    cronJob: 5,
  },
}

/** Whether `--controllers` asks for the controller of this name; upstream's short names count too. */
export function isEnabled(name: string, controllers: readonly string[]): boolean {
  const names = namesOf(name)
  for (const item of controllers) {
    if (names.includes(item)) return true
    if (names.some((own) => item === `-${own}`)) return false
  }
  return controllers.includes('*')
}

/** Upstream's aliases that do not follow from the names (`cmd/kube-controller-manager/names/controller_names.go`). */
const aliases: Readonly<Record<string, string>> = {
  'certificatesigningrequest-approving-controller': 'csrapproving',
  'certificatesigningrequest-cleaner-controller': 'csrcleaner',
  'certificatesigningrequest-signing-controller': 'csrsigning',
  'endpoints-controller': 'endpoint',
  'endpointslice-mirroring-controller': 'endpointslicemirroring',
  'garbage-collector-controller': 'garbagecollector',
  'node-lifecycle-controller': 'nodelifecycle',
  'pod-garbage-collector-controller': 'podgc',
  'root-ca-certificate-publisher-controller': 'root-ca-cert-publisher',
}

/** What `--controllers` may call a controller. */
export function namesOf(name: string): string[] {
  const alias = aliases[name]
  return [name, name.replace(/-controller$/, ''), ...(alias === undefined ? [] : [alias])]
}
