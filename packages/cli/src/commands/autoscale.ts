import { HorizontalPodAutoscaler } from '@wherry/api'
import { visitTargets } from '../access/targets.ts'
import { dryRunOf, writeQuery } from '../access/dry-run.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import { CommandError } from '../errors.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, printFlags, saveConfigFlag } from '../flags/shared.ts'
import { withMadeConfiguration } from '../objects/last-applied.ts'
import { unstructured } from '../objects/json.ts'
import { Reporter } from '../printers/report.ts'

export const autoscaleCommand = defineCommand({
  use: 'autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  short: 'Let a deployment, replica set or stateful set grow and shrink by itself',
  examples: `# Between two and ten pods, so that they use 80% of the CPU that they ask for
$ autoscale deployment web --min=2 --max=10 --cpu=80%`,
  complete: completeResources,
  flags: {
    ...printFlags,
    ...fileFlags,
    ...dryRunFlag,
    ...saveConfigFlag,
    ...fieldManagerFlag('kubectl-autoscale'),
    cpu: { type: 'string', describe: 'CPU to aim at: 70% of what pods ask for, or an amount such as 500m.' },
    max: { type: 'int', default: '-1', required: true, describe: 'The most pods that there may be.' },
    memory: { type: 'string', describe: 'Memory to aim at: 70% of what pods ask for, or an amount such as 200Mi.' },
    min: {
      type: 'int',
      default: '-1',
      describe: 'The fewest pods that there may be; the server decides when negative.',
    },
    name: { type: 'string', describe: "The autoscaler's name; that of the object where empty." },
  },
  async run(context, { args, flags }) {
    if (flags.max < 1) throw new CommandError(`--max=MAXPODS is required and must be at least 1, max: ${flags.max}`)
    if (flags.max < flags.min)
      throw new CommandError(
        `--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${flags.max}, min: ${flags.min}`,
      )
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun, 'keep')
    await reporter.check()
    const metrics = [...metric('cpu', flags.cpu, 'm'), ...metric('memory', flags.memory, 'Mi')]
    const request = { args, filename: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive }
    const count = await visitTargets(context, request, async ({ kind, name, namespace, object }, connection) => {
      const hpa = unstructured({
        kind: 'HorizontalPodAutoscaler',
        apiVersion: 'autoscaling/v2',
        metadata: { name: flags.name || name, ...(context.globalChanged('namespace') && { namespace }) },
        spec: {
          scaleTargetRef: { kind: kind.kind, name, apiVersion: object.apiVersion },
          ...(flags.min > 0 && { minReplicas: flags.min }),
          maxReplicas: flags.max,
          ...(metrics.length > 0 && { metrics }),
        },
        status: { desiredReplicas: 0, currentMetrics: null },
      })
      const sent = flags['save-config'] ? withMadeConfiguration(hpa) : hpa
      if (dryRun === 'client') {
        await reporter.print(sent, 'autoscaled')
        return
      }
      const query = writeQuery({ dryRun, fieldManager: flags['field-manager'] })
      await reporter.print(await connection.rest.create(HorizontalPodAutoscaler, namespace, sent, query), 'autoscaled')
    })
    if (count === 0) throw new CommandError('no objects passed to autoscale')
  },
})

/** A percentage aims at utilisation, anything else at an amount; a bare number is in the resource's usual unit. */
function metric(name: string, wanted: string, unit: string) {
  if (wanted === '') return []
  const percent = /^(\d+)%$/.exec(wanted)?.[1]
  const target =
    percent === undefined
      ? { type: 'AverageValue', averageValue: /^\d+$/.test(wanted) ? wanted + unit : wanted }
      : { type: 'Utilization', averageUtilization: Number(percent) }
  return [{ type: 'Resource', resource: { name, target } }]
}
