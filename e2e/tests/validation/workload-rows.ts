import {
  autoscaler,
  container,
  cronJob,
  daemonSet,
  deployment,
  job,
  jobSpec,
  make,
  podSpec,
  replicaSet,
  selector,
  statefulSet,
  template,
} from './objects.ts'
import type { Row } from './rows.ts'

const indexed = { completionMode: 'Indexed', completions: 5 }

export const workloadRows: Row[] = [
  { name: 'a Deployment', object: deployment() },
  {
    name: 'a Deployment without selector',
    object: deployment({ selector: undefined }),
    want: '[spec.selector: Required value, spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`]',
  },
  {
    name: 'a Deployment that selects other pods',
    object: deployment({ selector: { matchLabels: { app: 'b' } } }),
    want: 'spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`',
  },
  {
    name: 'a Deployment with an unknown operator',
    object: deployment({ selector: { matchExpressions: [{ key: 'app', operator: 'Like' }] } }),
    want: '[spec.selector.matchExpressions[0].operator: Invalid value: "Like": not a valid selector operator, spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"Like"}]}: invalid label selector]',
  },
  {
    name: 'a Deployment of fewer than none',
    object: deployment({ replicas: -1 }),
    want: 'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  },
  {
    name: 'a Deployment that cannot move',
    object: deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
    want: 'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
  },
  {
    name: 'a Deployment in an unknown way',
    object: deployment({ strategy: { type: 'Slowly' } }),
    want: 'spec.strategy: Unsupported value: {"Type":"Slowly","RollingUpdate":null}: supported values: "Recreate", "RollingUpdate"',
  },
  {
    name: 'a Deployment whose pods end',
    object: deployment({ template: template({ restartPolicy: 'Never' }) }),
    want: 'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
  },
  {
    name: 'another selector of a Deployment',
    object: deployment(),
    change: { spec: { selector: { matchLabels: { tier: 'x' } }, template: { metadata: { labels: { tier: 'x' } } } } },
    want: 'spec.selector: Invalid value: {"matchLabels":{"app":"a","tier":"x"}}: field is immutable',
  },
  {
    name: 'a ReplicaSet with a deadline',
    object: replicaSet({ template: template({ activeDeadlineSeconds: 5 }) }),
    want: 'spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported',
  },
  {
    name: 'a DaemonSet that surges and loses pods',
    object: daemonSet({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } }),
    want: 'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero',
  },
  {
    name: 'a StatefulSet that counts from below zero',
    object: statefulSet({ ordinals: { start: -1 } }),
    want: 'spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0',
  },
  {
    name: 'a StatefulSet that keeps claims in an unknown way',
    object: statefulSet({ persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Archive' } }),
    want: 'spec.persistentVolumeClaimRetentionPolicy.whenDeleted: Unsupported value: "Archive": supported values: "Retain", "Delete"',
  },
  {
    name: 'another service of a StatefulSet',
    object: statefulSet(),
    change: { spec: { serviceName: 'b' } },
    want: "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
  },
  {
    name: 'a ControllerRevision of nothing',
    object: make('apps/v1', 'ControllerRevision', { revision: 1 }),
    want: 'data: Required value: data is mandatory',
  },
  { name: 'a Job', object: job() },
  {
    name: 'a Job whose pods restart for ever',
    object: job({ template: { spec: podSpec() } }),
    want: 'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
  },
  {
    name: 'a Job with an index and no end',
    object: job({ completionMode: 'Indexed', parallelism: 2 }),
    want: 'spec.completions: Required value: when completion mode is Indexed',
  },
  {
    name: 'a rule for exit code 0',
    object: job({
      podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [0] } }] },
    }),
    want: 'spec.podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In operator',
  },
  {
    name: 'a rule for nothing',
    object: job({ podFailurePolicy: { rules: [{ action: 'FailJob' }] } }),
    want: 'spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
  },
  {
    name: 'success of some indexes',
    object: job({ ...indexed, successPolicy: { rules: [{ succeededIndexes: '0,2-4' }] } }),
  },
  {
    name: 'success of an index that there is not',
    object: job({ ...indexed, successPolicy: { rules: [{ succeededIndexes: '5' }] } }),
    want: 'spec.successPolicy.rules[0].succeededIndexes: Invalid value: "5": error parsing succeededIndexes: too large index: "5"',
  },
  {
    name: 'a Job of nobody’s',
    object: job({ managedBy: 'me' }),
    want: 'spec.managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")',
  },
  {
    name: 'other pods of a running Job',
    object: job(),
    change: { spec: { template: { spec: { nodeSelector: { zone: 'a' } } } } },
    want: /^spec\.template: Invalid value: \{.*\}: field is immutable$/,
  },
  {
    name: 'other nodes for a suspended Job',
    object: job({ suspend: true }),
    change: { spec: { template: { spec: { nodeSelector: { zone: 'a' } } } } },
  },
  {
    name: 'a CronJob at no time',
    object: cronJob({ schedule: 'often' }),
    want: 'spec.schedule: Invalid value: "often": expected exactly 5 fields, found 1: [often]',
  },
  {
    name: 'a CronJob on the moon',
    object: cronJob({ timeZone: 'Moon/Base' }),
    want: 'spec.timeZone: Invalid value: "Moon/Base": unknown time zone Moon/Base',
  },
  {
    name: 'a CronJob with a zone in its schedule',
    object: cronJob({ schedule: 'TZ=UTC 0 * * * *' }),
    want: 'spec.schedule: Invalid value: "TZ=UTC 0 * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
  },
  {
    name: 'a CronJob that selects',
    object: cronJob({ jobTemplate: { spec: jobSpec({ selector }) } }),
    want: 'spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"app":"a"}}: `selector` will be auto-generated',
  },
  {
    name: 'a CronJob with a name too long for its Jobs',
    object: { ...cronJob(), metadata: { name: 'a'.repeat(53) } },
    want: `metadata.name: Invalid value: "${'a'.repeat(53)}": must be no more than 52 characters`,
  },
  { name: 'a HorizontalPodAutoscaler', object: autoscaler() },
  {
    name: 'an autoscaler that ends below where it begins',
    object: autoscaler({ minReplicas: 5 }),
    want: 'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
  },
  {
    name: 'an autoscaler with a metric of pods without target',
    object: autoscaler({
      metrics: [{ type: 'Pods', pods: { metric: { name: 'm' }, target: { type: 'AverageValue' } } }],
    }),
    want: 'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
  },
  {
    name: 'an autoscaler of two targets at once',
    object: autoscaler({
      metrics: [
        {
          type: 'Resource',
          resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50, averageValue: '1' } },
        },
      ],
    }),
    want: 'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
  },
  {
    name: 'an autoscaler that waits for hours',
    object: autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } } }),
    want: 'spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
  },
  {
    name: 'a PodDisruptionBudget with two ends',
    object: make('policy/v1', 'PodDisruptionBudget', { spec: { minAvailable: 1, maxUnavailable: 1 } }),
    want: 'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
  },
  {
    name: 'a PodDisruptionBudget above all',
    object: make('policy/v1', 'PodDisruptionBudget', { spec: { maxUnavailable: '101%' } }),
    want: 'spec.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
  },
  {
    name: 'a template whose container has no name',
    object: deployment({ template: template({ containers: [container({ name: '' })] }) }),
    want: 'spec.template.spec.containers[0].name: Required value',
  },
]
