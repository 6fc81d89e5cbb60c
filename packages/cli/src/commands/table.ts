import type { CommandTable } from '../command.ts'
import type { CommandSection } from '../help.ts'

/** The commands that make and mind local clusters; their work is in cluster-commands. */
export const clusterCommandNames = {
  up: { short: 'Start a local cluster, or say that it runs' },
  down: { short: 'Stop a local cluster; what it holds stays' },
  destroy: { short: 'Stop a local cluster and remove what it holds' },
  status: { short: 'Show how a local cluster and its components do' },
  clusters: { short: 'List the local clusters' },
  kubeconfig: { short: "Print a local cluster's kubeconfig" },
  'component-logs': { short: "Print the logs of a local cluster's components" },
  image: { short: 'Register a directory with a command as an image' },
} as const

export const intro = 'wherry runs Kubernetes clusters on this machine and works with any cluster, as kubectl does.'

const group0: CommandTable = {
  create: {
    short: 'Create a resource from a file or from standard input',
    load: async () => (await import('./create/create.ts')).createCommand,
  },
  expose: {
    short: 'Make a service for a replication controller, service, deployment or pod',
    load: async () => (await import('./expose.ts')).exposeCommand,
  },
  run: {
    short: 'Run an image as a pod on the cluster',
    load: async () => (await import('./run.ts')).runCommand,
  },
  set: {
    short: 'Set features of objects',
    load: async () => (await import('./set/set.ts')).setCommand,
  },
}

const group1: CommandTable = {
  explain: {
    short: 'Show the documentation of a resource',
    load: async () => (await import('./explain.ts')).explainCommand,
  },
  get: {
    short: 'Show one or many resources',
    load: async () => (await import('./get/get.ts')).getCommand,
  },
  edit: {
    short: 'Edit a resource on the server',
    load: async () => (await import('./edit.ts')).editCommand,
  },
  delete: {
    short: 'Delete resources by files, standard input, names or label selector',
    load: async () => (await import('./delete.ts')).deleteCommand,
  },
}

const group2: CommandTable = {
  rollout: {
    short: 'Manage the rollout of a resource',
    load: async () => (await import('./rollout/rollout.ts')).rolloutCommand,
  },
  scale: {
    short: 'Set the number of replicas of a deployment, replica set or the like',
    load: async () => (await import('./scale.ts')).scaleCommand,
  },
  autoscale: {
    short: 'Let a deployment, replica set or stateful set grow and shrink by itself',
    load: async () => (await import('./autoscale.ts')).autoscaleCommand,
  },
}

const group3: CommandTable = {
  certificate: {
    short: 'Decide on certificate requests',
    load: async () => (await import('./certificate/certificate.ts')).certificateCommand,
  },
  'cluster-info': {
    short: "Show where the cluster's services are",
    load: async () => (await import('./cluster-info.ts')).clusterInfoCommand,
  },
  cordon: {
    short: 'Mark nodes as unschedulable',
    load: async () => (await import('./cordon.ts')).cordonCommand,
  },
  uncordon: {
    short: 'Mark nodes as schedulable',
    load: async () => (await import('./cordon.ts')).uncordonCommand,
  },
  drain: {
    short: 'Empty a node before maintenance',
    load: async () => (await import('./drain.ts')).drainCommand,
  },
  taint: {
    short: 'Change the taints of nodes',
    load: async () => (await import('./taint.ts')).taintCommand,
  },
}

const group4: CommandTable = {
  describe: {
    short: 'Show the details of resources',
    load: async () => (await import('./describe.ts')).describeCommand,
  },
  logs: {
    short: 'Print the logs of a container in a pod',
    load: async () => (await import('./logs.ts')).logsCommand,
  },
  attach: {
    short: 'Attach to a running container',
    load: async () => (await import('./attach.ts')).attachCommand,
  },
  exec: {
    short: 'Run a command in a container',
    load: async () => (await import('./exec.ts')).execCommand,
  },
  'port-forward': {
    short: 'Forward local ports to a pod',
    load: async () => (await import('./port-forward.ts')).portForwardCommand,
  },
  cp: {
    short: 'Copy files and directories to and from containers',
    load: async () => (await import('./cp.ts')).cpCommand,
  },
  auth: {
    short: 'Look into authorization',
    load: async () => (await import('./auth/auth.ts')).authCommand,
  },
  events: {
    short: 'List events',
    load: async () => (await import('./events.ts')).eventsCommand,
  },
}

const group5: CommandTable = {
  diff: {
    short: 'Show what an apply would change',
    load: async () => (await import('./diff.ts')).diffCommand,
  },
  apply: {
    short: 'Apply a configuration from a file or standard input',
    load: async () => (await import('./apply/apply.ts')).applyCommand,
  },
  patch: {
    short: 'Change fields of a resource',
    load: async () => (await import('./patch.ts')).patchCommand,
  },
  replace: {
    short: 'Replace a resource from a file or standard input',
    load: async () => (await import('./replace.ts')).replaceCommand,
  },
  wait: {
    short: 'Wait for a condition of resources',
    load: async () => (await import('./wait.ts')).waitCommand,
  },
}

const group6: CommandTable = {
  label: {
    short: 'Change the labels of a resource',
    load: async () => (await import('./label.ts')).labelCommand,
  },
  annotate: {
    short: 'Change the annotations of a resource',
    load: async () => (await import('./label.ts')).annotateCommand,
  },
  completion: {
    short: 'Print completion code for a shell (bash, zsh or fish)',
    load: async () => (await import('./completion.ts')).completionCommand,
  },
}

const group7: CommandTable = {
  'api-resources': {
    short: 'List the kinds of resource that the server has',
    load: async () => (await import('./api-resources.ts')).apiResourcesCommand,
  },
  'api-versions': {
    short: 'List the API versions of the server, as group/version',
    load: async () => (await import('./api-versions.ts')).apiVersionsCommand,
  },
  config: {
    short: 'Change kubeconfig files',
    load: async () => (await import('./config/config.ts')).configCommand,
  },
  options: {
    short: 'List the flags that every command takes',
    load: async () => (await import('./options.ts')).optionsCommand,
  },
  version: {
    short: 'Print the versions of client and server',
    load: async () => (await import('./version.ts')).versionCommand,
  },
}

/** The program's commands under the titles of its help. */
export const sections: readonly CommandSection[] = [
  { title: 'Local Cluster Commands:', commands: clusterCommandNames },
  { title: 'Basic Commands (Beginner):', commands: group0 },
  { title: 'Basic Commands (Intermediate):', commands: group1 },
  { title: 'Deploy Commands:', commands: group2 },
  { title: 'Cluster Management Commands:', commands: group3 },
  { title: 'Troubleshooting and Debugging Commands:', commands: group4 },
  { title: 'Advanced Commands:', commands: group5 },
  { title: 'Settings Commands:', commands: group6 },
  { title: 'Other Commands:', commands: group7 },
]

/** All verbs of kubectl's kind. */
export const commands: CommandTable = {
  ...group0,
  ...group1,
  ...group2,
  ...group3,
  ...group4,
  ...group5,
  ...group6,
  ...group7,
}
