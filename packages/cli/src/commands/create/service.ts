import { Service } from '@wherry/api'
import { isPortName } from '@wherry/apimachinery'
import { defineCommand, defineGroup } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import { createGenerated, type GeneratorFlags, generatorFlags, nameArgument, newMeta } from './generate.ts'

const tcpFlag = {
  tcp: { type: 'strings', describe: 'Port pairs as PORT:TARGET; a port alone is its own target.' },
} as const

/** `80:8080`, `80:http` or `80` as a service's port. */
function portOf(text: string, nodePort: number) {
  const [left = '', right] = text.split(':')
  const port = portNumber(left)
  const targetPort = right === undefined ? port : /^\d+$/.test(right) ? portNumber(right) : right
  const problems = typeof targetPort === 'string' ? isPortName(targetPort) : []
  if (problems.length > 0) throw new CommandError(problems.join(','))
  return {
    name: text.replaceAll(':', '-'),
    protocol: 'TCP',
    port,
    targetPort,
    ...(nodePort > 0 && { nodePort }),
  }
}

function portNumber(text: string): number {
  const refuse = (why: string) => new CommandError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`)
  if (!/^\d+$/.test(text)) throw refuse('invalid syntax')
  if (Number(text) > 65_535) throw refuse('value out of range')
  return Number(text)
}

interface ServiceRequest {
  type: string
  tcp: readonly string[]
  nodePort?: number
  clusterIP?: string
  externalName?: string
}

async function createService(
  context: Context,
  args: readonly string[],
  flags: GeneratorFlags,
  { type, tcp, nodePort = 0, clusterIP, externalName }: ServiceRequest,
): Promise<void> {
  const name = nameArgument(args)
  if (tcp.length === 0 && type !== 'ExternalName' && clusterIP !== 'None') {
    throw new CommandError('at least one tcp port specifier must be provided')
  }
  const ports = tcp.map((text) => portOf(text, nodePort))
  const service = {
    kind: 'Service',
    apiVersion: 'v1',
    metadata: newMeta(context, Service, name, { app: name }),
    spec: {
      ...(ports.length > 0 && { ports }),
      selector: { app: name },
      ...(clusterIP && { clusterIP }),
      type,
      ...(externalName && { externalName }),
    },
    status: { loadBalancer: {} },
  }
  await createGenerated(context, Service, service, flags, `failed to create ${type} service: `)
}

const clusterIPCommand = defineCommand({
  use: 'create service clusterip NAME [--tcp=<port>:<targetPort>] [--dry-run=server|client|none]',
  short: 'Create a ClusterIP service',
  examples: `# Port 80 of the service goes to 8080 of the pods
$ create service clusterip web --tcp=80:8080

# A headless service
$ create service clusterip web --clusterip=None`,
  flags: {
    ...generatorFlags,
    ...tcpFlag,
    clusterip: {
      type: 'string',
      describe: "The service's own address; empty takes a free one, None makes it headless.",
    },
  },
  run: (context, { args, flags }) =>
    createService(context, args, flags, { type: 'ClusterIP', tcp: flags.tcp, clusterIP: flags.clusterip }),
})

const nodePortCommand = defineCommand({
  use: 'create service nodeport NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  short: 'Create a NodePort service',
  examples: `# Reachable on a port of every node
$ create service nodeport web --tcp=80:8080`,
  flags: {
    ...generatorFlags,
    ...tcpFlag,
    'node-port': { type: 'int', describe: 'The port on the nodes; 0 takes a free one.' },
  },
  run: (context, { args, flags }) =>
    createService(context, args, flags, { type: 'NodePort', tcp: flags.tcp, nodePort: flags['node-port'] }),
})

const loadBalancerCommand = defineCommand({
  use: 'create service loadbalancer NAME [--tcp=port:targetPort] [--dry-run=server|client|none]',
  short: 'Create a LoadBalancer service',
  examples: `# Behind a load balancer
$ create service loadbalancer web --tcp=80:8080`,
  flags: { ...generatorFlags, ...tcpFlag },
  run: (context, { args, flags }) => createService(context, args, flags, { type: 'LoadBalancer', tcp: flags.tcp }),
})

const externalNameCommand = defineCommand({
  use: 'create service externalname NAME --external-name external.name [--dry-run=server|client|none]',
  short: 'Create an ExternalName service',
  examples: `# A name in the cluster for a name outside
$ create service externalname search --external-name example.com`,
  flags: {
    ...generatorFlags,
    ...tcpFlag,
    'external-name': { type: 'string', required: true, describe: 'The name outside that the service stands for.' },
  },
  run: (context, { args, flags }) =>
    createService(context, args, flags, {
      type: 'ExternalName',
      tcp: flags.tcp,
      externalName: flags['external-name'],
    }),
})

export const createServiceCommand = defineGroup({
  use: 'create service',
  short: 'Create a service using a specified subcommand',
  commands: {
    clusterip: { short: clusterIPCommand.short, load: async () => clusterIPCommand },
    externalname: { short: externalNameCommand.short, load: async () => externalNameCommand },
    loadbalancer: { short: loadBalancerCommand.short, load: async () => loadBalancerCommand },
    nodeport: { short: nodePortCommand.short, load: async () => nodePortCommand },
  },
})
