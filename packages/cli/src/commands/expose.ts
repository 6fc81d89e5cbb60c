import { Service } from '@wherry/api'
import { dryRunOf, writeQuery } from '../access/dry-run.ts'
import { visitTargets } from '../access/targets.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import { CommandError } from '../errors.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, printFlags, saveConfigFlag } from '../flags/shared.ts'
import { intOrText } from '../objects/int-or-text.ts'
import { withMadeConfiguration } from '../objects/last-applied.ts'
import { overrideFlags, withOverrides } from '../objects/overrides.ts'
import { exposedObject } from '../objects/service.ts'
import { unstructured } from '../objects/json.ts'
import { Reporter } from '../printers/report.ts'

export const exposeCommand = defineCommand({
  use: 'expose (-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  short: 'Make a service for a replication controller, service, deployment or pod',
  long: `Make a service for a replication controller, replica set, service, deployment or pod.

 The service selects what the object selects. Its ports are those of the object, unless --port says otherwise.`,
  examples: `# A service on port 80 for a deployment that listens on 8080
$ expose deployment web --port=80 --target-port=8080

# Reachable from outside
$ expose deployment web --port=80 --type=NodePort`,
  complete: completeResources,
  flags: {
    ...printFlags,
    ...fileFlags,
    ...dryRunFlag,
    ...saveConfigFlag,
    ...overrideFlags,
    ...fieldManagerFlag('kubectl-expose'),
    'cluster-ip': {
      type: 'string',
      describe: "The service's own address; empty takes a free one, None makes it headless.",
    },
    'external-ip': { type: 'string', describe: 'One more address that the service answers on.' },
    labels: { type: 'string', short: 'l', describe: 'Labels of the service; those of the object where empty.' },
    'load-balancer-ip': { type: 'string', describe: "The load balancer's address." },
    name: { type: 'string', describe: "The service's name; that of the object where empty." },
    port: { type: 'string', describe: 'The port of the service; those of the object where empty.' },
    protocol: { type: 'string', describe: 'The protocol of the port; TCP where empty.' },
    selector: { type: 'string', describe: 'Labels that the service selects; those of the object where empty.' },
    'session-affinity': { type: 'string', describe: 'None or ClientIP.' },
    'target-port': { type: 'string', describe: 'Number or name of the port on the container.' },
    type: { type: 'string', describe: 'ClusterIP, NodePort, LoadBalancer or ExternalName.' },
  },
  async run(context, { args, flags }) {
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun, 'keep')
    await reporter.check()
    const request = { args, filename: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive }
    await visitTargets(context, request, async ({ object, kind, name, namespace }, connection) => {
      const group = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`
      const exposed = exposedObject(object, group)
      const selector = flags.selector === '' ? exposed.selector : labelsOf(flags.selector)
      const ports = portsOf(flags, exposed.ports)
      const headless = flags['cluster-ip'] === 'None'
      if (ports.length === 0 && !headless) throw new CommandError("couldn't find port via --port flag or introspection")
      const labels = flags.labels === '' ? exposed.labels : labelsOf(flags.labels)
      const service = unstructured({
        kind: 'Service',
        apiVersion: 'v1',
        metadata: {
          name: (flags.name || name).slice(0, 63),
          ...(context.globalChanged('namespace') && { namespace }),
          ...(Object.keys(labels).length > 0 && { labels }),
        },
        spec: {
          ...(ports.length > 0 && { ports }),
          selector,
          ...(flags['cluster-ip'] !== '' && { clusterIP: flags['cluster-ip'] }),
          ...(flags.type !== '' && { type: flags.type }),
          ...(flags['external-ip'] !== '' && { externalIPs: [flags['external-ip']] }),
          ...(flags['session-affinity'] !== '' && { sessionAffinity: flags['session-affinity'] }),
          ...(flags['load-balancer-ip'] !== '' && { loadBalancerIP: flags['load-balancer-ip'] }),
        },
        status: { loadBalancer: {} },
      })
      const overridden = withOverrides(service, flags.overrides, flags['override-type'], Service.typeName)
      const sent = flags['save-config'] ? withMadeConfiguration(overridden) : overridden
      if (dryRun === 'client') {
        await reporter.print(sent, 'exposed')
        return
      }
      const query = writeQuery({ dryRun, fieldManager: flags['field-manager'] })
      await reporter.print(await connection.rest.create(Service, namespace, sent, query), 'exposed')
    })
  },
})

function labelsOf(spec: string): Record<string, string> {
  return Object.fromEntries(
    spec.split(',').map((pair) => {
      const [key = '', value, ...rest] = pair.split('=')
      if (key === '' || value === undefined || rest.length > 0) throw new CommandError(`unexpected label spec: ${spec}`)
      return [key, value]
    }),
  )
}

interface PortFlags {
  readonly port: string
  readonly protocol: string
  readonly 'target-port': string
}

function portsOf(flags: PortFlags, own: readonly { port: number; protocol: string }[]) {
  const given =
    flags.port === ''
      ? own.map(({ port, protocol }) => ({ port: String(port), protocol }))
      : flags.port
          .split(',')
          .map((port) => ({ port, protocol: own.find((one) => String(one.port) === port)?.protocol ?? 'TCP' }))
  return given.map(({ port, protocol }, at) => {
    if (!/^\d+$/.test(port)) throw new CommandError(`strconv.Atoi: parsing ${JSON.stringify(port)}: invalid syntax`)
    return {
      ...(given.length > 1 && { name: `port-${at + 1}` }),
      protocol: flags.protocol || protocol,
      port: Number(port),
      targetPort: flags['target-port'] === '' ? Number(port) : intOrText(flags['target-port']),
    }
  })
}
