import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { parseDuration } from '@wherry/apimachinery'
import { loadKubeconfig, newClient, runWithLeaderElection } from '@wherry/client'
import { type FlagValues, parseFlags, preferMemoryToSpeed, realClock, runMain, UserError } from '@wherry/component-base'
import { newControllerManager } from './controller-manager.ts'
import { type ControllerManagerOptions, defaultOptions } from './options.ts'
import { garbageCollectorName, registrations } from './registrations.ts'

const { nodes, workers, garbageCollector, terminatedPodThreshold, maxEndpointsPerSlice } = defaultOptions

const flags = {
  kubeconfig: { type: 'string', describe: 'kubeconfig file that says how to reach the API server', required: true },
  controllers: {
    type: 'string',
    describe: "controllers to run, by commas: '*' for all, NAME to include, -NAME to exclude",
    default: '*',
  },
  'root-ca-file': { type: 'string', describe: 'CA certificate to publish in every namespace as kube-root-ca.crt' },
  'leader-elect': { type: 'boolean', describe: 'run only while holding the leader lease', default: true },
  'leader-elect-resource-name': {
    type: 'string',
    describe: 'name of the leader lease',
    default: 'kube-controller-manager',
  },
  'leader-elect-resource-namespace': {
    type: 'string',
    describe: 'namespace of the leader lease',
    default: 'kube-system',
  },
  'concurrent-deployment-syncs': {
    type: 'number',
    describe: 'deployments synced at once',
    default: workers.deployment,
  },
  'concurrent-replicaset-syncs': {
    type: 'number',
    describe: 'replica sets synced at once',
    default: workers.replicaSet,
  },
  'concurrent-rc-syncs': {
    type: 'number',
    describe: 'replication controllers synced at once',
    default: workers.replicationController,
  },
  'concurrent-service-endpoint-syncs': {
    type: 'number',
    describe: 'services whose endpoint slices are synced at once',
    default: workers.endpointSlice,
  },
  'concurrent-endpoint-syncs': {
    type: 'number',
    describe: 'services whose endpoints are synced at once',
    default: workers.endpoints,
  },
  'concurrent-namespace-syncs': {
    type: 'number',
    describe: 'namespaces emptied at once',
    default: workers.namespace,
  },
  'concurrent-job-syncs': { type: 'number', describe: 'jobs synced at once', default: workers.job },
  'concurrent-daemonset-syncs': { type: 'number', describe: 'daemon sets synced at once', default: workers.daemonSet },
  'concurrent-statefulset-syncs': {
    type: 'number',
    describe: 'stateful sets synced at once',
    default: workers.statefulSet,
  },
  'concurrent-cron-job-syncs': { type: 'number', describe: 'cron jobs synced at once', default: workers.cronJob },
  'concurrent-gc-syncs': {
    type: 'number',
    describe: 'objects garbage-collected at once',
    default: garbageCollector.workers,
  },
  'enable-garbage-collector': { type: 'boolean', describe: 'run the garbage collector', default: true },
  'max-endpoints-per-slice': {
    type: 'number',
    describe: 'endpoints in one EndpointSlice at most',
    default: maxEndpointsPerSlice,
  },
  'terminated-pod-gc-threshold': {
    type: 'number',
    describe: 'ended pods that may stay before the oldest are deleted; 0 keeps all',
    default: terminatedPodThreshold,
  },
  'node-monitor-grace-period': {
    type: 'string',
    describe: 'how long a running node may be silent before it is marked unhealthy',
    default: '50s',
  },
  'node-startup-grace-period': {
    type: 'string',
    describe: 'how long a starting node may be silent before it is marked unhealthy',
    default: '1m0s',
  },
  'node-eviction-rate': {
    type: 'number',
    describe: 'nodes a second whose pods are evicted, in a healthy zone',
    default: nodes.evictionRate,
  },
  'secondary-node-eviction-rate': {
    type: 'number',
    describe: 'the same in a large zone of which much is unhealthy',
    default: nodes.secondaryEvictionRate,
  },
  'unhealthy-zone-threshold': {
    type: 'number',
    describe: 'share of nodes not ready, from three on, that makes a zone unhealthy',
    default: nodes.unhealthyZoneThreshold,
  },
  'large-cluster-size-threshold': {
    type: 'number',
    describe: 'number of nodes above which a zone is large',
    default: nodes.largeClusterThreshold,
  },
} as const

const name = 'controller-manager'

/** Runs the controllers against the API server that the kubeconfig names, until SIGINT or SIGTERM. */
export function main(argv: string[]): Promise<void> {
  preferMemoryToSpeed()
  return runMain(name, async (signal, logger) => {
    const values = parseFlags(name, flags, argv)
    const options = await readOptions(values)
    const { config } = await loadKubeconfig(process.env, { path: values.kubeconfig })
    const client = newClient(config)
    const manager = newControllerManager({ client, clock: realClock, logger, options })
    if (!values['leader-elect']) return manager.run(signal)
    const election = {
      client,
      clock: realClock,
      logger,
      name: values['leader-elect-resource-name'],
      namespace: values['leader-elect-resource-namespace'],
      identity: `${hostname()}_${process.pid}`,
    }
    await runWithLeaderElection(election, (leading) => manager.run(leading), signal)
  })
}

async function readOptions(values: FlagValues<typeof flags>): Promise<ControllerManagerOptions> {
  const rootCAFile = values['root-ca-file']
  const wanted = values.controllers.split(',').map((item) => item.trim())
  for (const item of wanted) checkController(item)
  if (!values['enable-garbage-collector']) wanted.unshift(`-${garbageCollectorName}`)
  return {
    controllers: wanted,
    ...(rootCAFile === undefined ? {} : { rootCA: await readCA(rootCAFile) }),
    nodes: {
      gracePeriodMs: duration('node-monitor-grace-period', values['node-monitor-grace-period']),
      startupGracePeriodMs: duration('node-startup-grace-period', values['node-startup-grace-period']),
      evictionRate: values['node-eviction-rate'],
      secondaryEvictionRate: values['secondary-node-eviction-rate'],
      unhealthyZoneThreshold: values['unhealthy-zone-threshold'],
      largeClusterThreshold: values['large-cluster-size-threshold'],
    },
    garbageCollector: { ...garbageCollector, workers: values['concurrent-gc-syncs'] },
    terminatedPodThreshold: values['terminated-pod-gc-threshold'],
    maxEndpointsPerSlice: values['max-endpoints-per-slice'],
    workers: {
      deployment: values['concurrent-deployment-syncs'],
      replicaSet: values['concurrent-replicaset-syncs'],
      replicationController: values['concurrent-rc-syncs'],
      endpointSlice: values['concurrent-service-endpoint-syncs'],
      endpoints: values['concurrent-endpoint-syncs'],
      namespace: values['concurrent-namespace-syncs'],
      job: values['concurrent-job-syncs'],
      daemonSet: values['concurrent-daemonset-syncs'],
      statefulSet: values['concurrent-statefulset-syncs'],
      cronJob: values['concurrent-cron-job-syncs'],
    },
  }
}

function checkController(item: string): void {
  const known = [...registrations.map((registration) => registration.name), garbageCollectorName]
  const asked = item.replace(/^-/, '')
  if (item === '*' || known.some((own) => own === asked || own.replace(/-controller$/, '') === asked)) return
  throw new UserError(`${name}: "${asked}" is not in the list of known controllers: ${known.join(', ')}`)
}

function duration(flag: string, text: string): number {
  try {
    return parseDuration(text)
  } catch (cause) {
    throw new UserError(`${name}: invalid argument for --${flag}: "${text}" is no duration such as 40s`, { cause })
  }
}

async function readCA(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new UserError(`${name}: cannot read --root-ca-file ${path}; give the path of a PEM certificate`, { cause })
  }
}
