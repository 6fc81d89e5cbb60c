import { CronJob, Job } from '@wherry/api'
import { splitPair } from '../../access/arguments.ts'
import { defineCommand } from '../../command.ts'
import type { Context } from '../../context.ts'
import { CommandError } from '../../errors.ts'
import { createGenerated, generatorFlags, nameArgument, newMeta } from './generate.ts'

export const createJobCommand = defineCommand({
  use: 'create job NAME --image=image [--from=cronjob/name] -- [COMMAND] [args...]',
  short: 'Create a job with the specified name',
  examples: `# A job that runs a command
$ create job report --image=busybox -- date

# A job as a cron job would make it
$ create job report --from=cronjob/nightly`,
  flags: {
    ...generatorFlags,
    from: { type: 'string', describe: 'The cron job to take the job from.' },
    image: { type: 'string', describe: 'The image to run.' },
  },
  async run(context, { args, dash, flags }) {
    const name = nameArgument(args, dash)
    const command = dash === -1 ? [] : args.slice(dash)
    if ((flags.image === '') === (flags.from === '')) {
      throw new CommandError('either --image or --from must be specified')
    }
    if (flags.from !== '' && command.length > 0) throw new CommandError('cannot specify --from and command')
    const job =
      flags.from === '' ? plainJob(context, name, flags.image, command) : await jobFrom(context, name, flags.from)
    await createGenerated(context, Job, job, flags, 'failed to create job: ')
  },
})

function plainJob(context: Context, name: string, image: string, command: string[]) {
  const container = { name, image, ...(command.length > 0 && { command }), resources: {} }
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: newMeta(context, Job, name),
    spec: { template: { metadata: {}, spec: { containers: [container], restartPolicy: 'Never' } } },
    status: {},
  }
}

async function jobFrom(context: Context, name: string, from: string) {
  const connection = await context.connect()
  const { type, name: source } = splitPair(from)
  const mapper = await connection.mapper([type])
  const resource = mapper.resolve(type)
  if (resource.kind !== 'CronJob') {
    await connection.rest.get({ kind: resource, namespace: connection.namespace, name: source })
    throw new CommandError('from must be an existing cronjob')
  }
  const cronJob = await connection.client.get(CronJob, { namespace: connection.namespace, name: source })
  const template = cronJob.spec?.jobTemplate
  return {
    kind: 'Job',
    apiVersion: 'batch/v1',
    metadata: {
      ...newMeta(context, Job, name),
      ...(template?.metadata?.labels && { labels: template.metadata.labels }),
      annotations: { 'cronjob.kubernetes.io/instantiate': 'manual', ...template?.metadata?.annotations },
      ownerReferences: [
        {
          apiVersion: 'batch/v1',
          kind: 'CronJob',
          name: cronJob.metadata.name ?? source,
          uid: cronJob.metadata.uid ?? '',
          controller: true,
        },
      ],
    },
    spec: template?.spec,
    status: {},
  }
}

export const createCronJobCommand = defineCommand({
  use: "create cronjob NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...] [flags]",
  short: 'Create a cron job with the specified name',
  examples: `# Every hour
$ create cronjob report --image=busybox --schedule="0 * * * *" -- date`,
  flags: {
    ...generatorFlags,
    image: { type: 'string', required: true, describe: 'The image to run.' },
    restart: { type: 'string', describe: "The jobs' restart policy: OnFailure or Never." },
    schedule: { type: 'string', required: true, describe: 'When to run, in the form of cron.' },
  },
  async run(context, { args, dash, flags }) {
    const name = nameArgument(args, dash)
    const command = dash === -1 ? [] : args.slice(dash)
    const container = { name, image: flags.image, ...(command.length > 0 && { command }), resources: {} }
    const podSpec = { containers: [container], restartPolicy: flags.restart || 'OnFailure' }
    const cronJob = {
      kind: 'CronJob',
      apiVersion: 'batch/v1',
      metadata: newMeta(context, CronJob, name),
      spec: {
        schedule: flags.schedule,
        jobTemplate: { metadata: { name }, spec: { template: { metadata: {}, spec: podSpec } } },
      },
      status: {},
    }
    await createGenerated(context, CronJob, cronJob, flags, 'failed to create cronjob: ')
  },
})
