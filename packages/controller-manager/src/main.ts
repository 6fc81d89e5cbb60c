import { readFile } from 'node:fs/promises'
import { leaderElectionFlags, leaderElectionOf, loadKubeconfig, newClient, runWithLeaderElection } from '@wherry/client'
import {
  componentLogger,
  type FlagValues,
  parseFlags,
  preferMemoryToSpeed,
  realClock,
  runMain,
  UserError,
  verbosityFlag,
} from '@wherry/component-base'
import { newAccountClients } from './account-clients.ts'
import { newControllerManager } from './controller-manager.ts'
import { type ControllerManagerOptions, defaultOptions, namesOf } from './options.ts'
import { garbageCollectorName, registrations } from './registrations.ts'
import { newTokenSigner } from './serviceaccounttokens/token-signer.ts'
import { signingFlags, signingOptions } from './signing-flags.ts'

const { nodes, workers, garbageCollector, terminatedPodThreshold, maxEndpointsPerSlice } = defaultOptions

const flags = {
  kubeconfig: { type: 'string', describe: 'kubeconfig file that says how to reach the API server', required: true },
  controllers: {
    type: 'strings',
    describe: "controllers to run, by commas: '*' for all, NAME to include, -NAME to exclude",
    default: ['*'],
  },
  'root-ca-file': { type: 'string', describe: 'CA certificate to publish in every namespace as kube-root-ca.crt' },
  'service-account-private-key-file': {
    type: 'string',
    describe: 'PEM private key, RSA or ECDSA, that signs the tokens in Secrets of service accounts',
  },
  'use-service-account-credentials': {
    type: 'boolean',
    describe: 'each controller acts as a service account of its own in kube-system',
    default: false,
  },
  'allocate-node-cidrs': {
    type: 'boolean',
    describe: 'give nodes ranges of pod addresses; only false is there',
    default: false,
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
    type: 'duration',
    describe: 'how long a running node may be silent before it is marked unhealthy',
    default: '50s',
  },
  'node-startup-grace-period': {
    type: 'duration',
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
  ...signingFlags,
  ...leaderElectionFlags('kube-controller-manager'),
  ...verbosityFlag,
} as const

const name = 'controller-manager'

/** Runs the controllers against the API server that the kubeconfig names, until SIGINT or SIGTERM. */
export function main(argv: string[]): Promise<void> {
  preferMemoryToSpeed()
  return runMain(name, async (signal) => {
    const values = parseFlags(name, flags, argv)
    const logger = componentLogger(name, values.v)
    const options = await readOptions(values)
    const election = leaderElectionOf(values)
    const { config: own } = await loadKubeconfig(process.env, { path: values.kubeconfig })
    const config = { ...own, userAgent: 'kube-controller-manager/v1.36.0' }
    const client = newClient(config)
    const accounts = values['use-service-account-credentials']
      ? newAccountClients({ client, config, clock: realClock })
      : undefined
    const clientFor = accounts && ((account: string) => accounts.for(account))
    const manager = newControllerManager({ client, clock: realClock, logger, options, ...(clientFor && { clientFor }) })
    try {
      if (!values['leader-elect']) return await manager.run(signal)
      await runWithLeaderElection(
        { client, clock: realClock, logger, ...election },
        (leading) => manager.run(leading),
        signal,
      )
    } finally {
      accounts?.close()
      client.close()
    }
  })
}

async function readOptions(values: FlagValues<typeof flags>): Promise<ControllerManagerOptions> {
  const rootCAFile = values['root-ca-file']
  const keyFile = values['service-account-private-key-file']
  if (values['allocate-node-cidrs']) {
    throw new UserError('invalid argument "true" for "--allocate-node-cidrs" flag: only false is there')
  }
  const wanted = values.controllers.map((item) => item.trim())
  const signing = await signingOptions(values)
  for (const item of wanted) checkController(item)
  if (!values['enable-garbage-collector']) wanted.unshift(`-${garbageCollectorName}`)
  return {
    controllers: wanted,
    ...(signing && { signing }),
    ...(rootCAFile === undefined ? {} : { rootCA: await readCA(rootCAFile) }),
    ...(keyFile === undefined ? {} : { serviceAccountKey: await readServiceAccountKey(keyFile) }),
    nodes: {
      gracePeriodMs: values['node-monitor-grace-period'],
      startupGracePeriodMs: values['node-startup-grace-period'],
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
  if (item === '*' || known.some((own) => namesOf(own).includes(asked))) return
  throw new UserError(`"${asked}" is not in the list of known controllers: ${known.join(', ')}`)
}

async function readCA(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    throw new UserError(`cannot read --root-ca-file ${path}; give the path of a PEM certificate`, { cause })
  }
}

/** Throws `UserError` for what is no key that tokens can be signed with. */
async function readServiceAccountKey(path: string): Promise<string> {
  try {
    const key = await readFile(path, 'utf8')
    newTokenSigner(key)
    return key
  } catch (cause) {
    throw new UserError(`cannot read --service-account-private-key-file ${path}; give the path of a PEM private key`, {
      cause,
    })
  }
}
