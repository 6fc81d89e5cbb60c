import type {
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  ResourcePolicyRule,
  Subject,
} from '@wherry/api'

/** Which of the objects below nobody may change. */
export const mandatory: readonly string[] = ['exempt', 'catch-all']

const limited = (
  shares: number,
  lendable: number,
  queues: number,
  handSize: number,
): PriorityLevelConfigurationSpec => ({
  type: 'Limited',
  limited: {
    nominalConcurrencyShares: shares,
    lendablePercent: lendable,
    limitResponse: { type: 'Queue', queuing: { queues, handSize, queueLengthLimit: 50 } },
  },
})

/** By name, as apiserver `pkg/apis/flowcontrol/bootstrap/default.go`. */
export const priorityLevelSpecs: Readonly<Record<string, PriorityLevelConfigurationSpec>> = {
  exempt: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } },
  'catch-all': {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  },
  system: limited(30, 33, 64, 6),
  'node-high': limited(40, 25, 64, 6),
  'leader-election': limited(10, 0, 16, 4),
  'workload-high': limited(40, 50, 128, 6),
  'workload-low': limited(100, 90, 128, 6),
  'global-default': limited(20, 50, 128, 6),
}

const groups = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'Group', group: { name } }))
const users = (...names: string[]): Subject[] => names.map((name) => ({ kind: 'User', user: { name } }))
const systemAccounts: Subject[] = [{ kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: 'kube-system' } }]
const everybody = groups('system:unauthenticated', 'system:authenticated')

const everyResource: ResourcePolicyRule = {
  verbs: ['*'],
  apiGroups: ['*'],
  resources: ['*'],
  namespaces: ['*'],
  clusterScope: true,
}
const everyURL: NonResourcePolicyRule = { verbs: ['*'], nonResourceURLs: ['*'] }
const everything = (subjects: Subject[]): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules: [everyResource],
  nonResourceRules: [everyURL],
})
const leases = (...verbs: string[]): ResourcePolicyRule => ({
  verbs,
  apiGroups: ['coordination.k8s.io'],
  resources: ['leases'],
  namespaces: ['*'],
})

const schema = (
  level: string,
  matchingPrecedence: number,
  method: 'ByUser' | 'ByNamespace' | undefined,
  rules: PolicyRulesWithSubjects,
): FlowSchemaSpec => ({
  priorityLevelConfiguration: { name: level },
  matchingPrecedence,
  ...(method ? { distinguisherMethod: { type: method } } : {}),
  rules: [rules],
})

/** By name, as apiserver `pkg/apis/flowcontrol/bootstrap/default.go`. */
export const flowSchemaSpecs: Readonly<Record<string, FlowSchemaSpec>> = {
  exempt: schema('exempt', 1, undefined, everything(groups('system:masters'))),
  'catch-all': schema('catch-all', 10_000, 'ByUser', everything(everybody)),
  probes: schema('exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/readyz', '/livez'] }],
  }),
  'system-leader-election': schema('leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), ...systemAccounts],
    resourceRules: [leases('get', 'create', 'update')],
  }),
  'system-node-high': schema('node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [
      { verbs: ['*'], apiGroups: [''], resources: ['nodes', 'nodes/status'], namespaces: ['*'], clusterScope: true },
      leases('*'),
    ],
  }),
  'system-nodes': schema('system', 500, 'ByUser', everything(groups('system:nodes'))),
  'kube-controller-manager': schema(
    'workload-high',
    800,
    'ByNamespace',
    everything(users('system:kube-controller-manager')),
  ),
  'kube-scheduler': schema('workload-high', 800, 'ByNamespace', everything(users('system:kube-scheduler'))),
  'kube-system-service-accounts': schema('workload-high', 900, 'ByNamespace', everything(systemAccounts)),
  'service-accounts': schema('workload-low', 9000, 'ByUser', everything(groups('system:serviceaccounts'))),
  'global-default': schema('global-default', 9900, 'ByUser', everything(everybody)),
}
