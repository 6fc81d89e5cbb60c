import { writeQuery, dryRunOf } from '../../access/dry-run.ts'
import { readManifests } from '../../access/manifests.ts'
import { placeManifest, refuseKustomize } from '../../access/targets.ts'
import { defineCommand, defineGroup } from '../../command.ts'
import { CommandError, ErrorGatherer, UsageError } from '../../errors.ts'
import { withSource } from '../../error-source.ts'
import {
  dryRunFlag,
  fieldManagerFlag,
  fileFlags,
  printFlags,
  saveConfigFlag,
  selectorFlag,
  validateFlag,
} from '../../flags/shared.ts'
import { withLastApplied } from '../../objects/last-applied.ts'
import { stringMap } from '../../objects/json.ts'
import { Reporter } from '../../printers/report.ts'

const createFromFiles = defineCommand({
  use: 'create -f FILENAME',
  short: 'Create a resource from a file or from standard input',
  flags: {
    ...printFlags,
    ...fileFlags,
    ...selectorFlag,
    ...dryRunFlag,
    ...validateFlag,
    ...saveConfigFlag,
    ...fieldManagerFlag('kubectl-create'),
    edit: { type: 'boolean', describe: 'Edit the objects before they are created.' },
    raw: { type: 'string', describe: 'A path to post the file to.' },
  },
  async run(context, { args, flags }) {
    if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`)
    refuseKustomize(flags.kustomize)
    if (flags.filename.length === 0) throw new CommandError('must specify one of -f and -k')
    const request = {
      filenames: flags.filename,
      recursive: flags.recursive,
      cwd: context.cwd,
      stdin: () => context.stdin,
    }
    const connection = await context.connect()
    if (flags.raw !== '') {
      const [only] = await readManifests(request)
      const { body } = await connection.rest.send('POST', flags.raw, { body: only?.object })
      context.print(body.toString('utf8'))
      return
    }
    if (flags.edit) {
      const { createWithEditor } = await import('../../edit/create-edited.ts')
      await createWithEditor(context, request, flags)
      return
    }
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun)
    await reporter.check()
    const query = writeQuery({ dryRun, fieldManager: flags['field-manager'], validate: flags.validate })
    const { parseLabelSelector } = await import('@wherry/apimachinery')
    const matcher = parseLabelSelector(flags.selector)
    const manifests = await readManifests(request)
    const errors = new ErrorGatherer()
    let count = 0
    for (const manifest of manifests) {
      if (!matcher.matches(stringMap(manifest.object.metadata.labels))) continue
      await errors.gather(async () => {
        const placed = await placeManifest(connection, manifest)
        count++
        const object = flags['save-config'] ? withLastApplied(placed.object) : placed.object
        if (dryRun === 'client') return reporter.print(object, 'created')
        const created = await connection.rest
          .create(placed.kind, placed.namespace, object, query)
          .catch(withSource('creating', manifest.source))
        return reporter.print(created, 'created')
      })
    }
    errors.throwAll()
    if (count === 0) throw new CommandError('no objects passed to create')
    connection.rest.checkWarnings()
  },
})

export const createCommand = defineGroup({
  use: 'create -f FILENAME',
  short: 'Create a resource from a file or from standard input',
  long: `Create a resource from a file or from standard input.

 JSON and YAML are accepted.`,
  examples: `# From a file
$ create -f pod.yaml

# From standard input
cat pod.yaml | wherry create -f -

# Without a file
$ create deployment web --image=wherry/hello`,
  own: createFromFiles,
  commands: {
    clusterrole: {
      short: 'Create a cluster role',
      load: async () => (await import('./rbac.ts')).createClusterRoleCommand,
    },
    clusterrolebinding: {
      short: 'Create a cluster role binding for a particular cluster role',
      load: async () => (await import('./rbac.ts')).createClusterRoleBindingCommand,
    },
    configmap: {
      short: 'Create a config map from a local file, directory or literal value',
      aliases: ['cm'],
      load: async () => (await import('./configmap.ts')).createConfigMapCommand,
    },
    cronjob: {
      short: 'Create a cron job with the specified name',
      aliases: ['cj'],
      load: async () => (await import('./job.ts')).createCronJobCommand,
    },
    deployment: {
      short: 'Create a deployment with the specified name',
      aliases: ['deploy'],
      load: async () => (await import('./deployment.ts')).createDeploymentCommand,
    },
    ingress: {
      short: 'Create an ingress with the specified name',
      aliases: ['ing'],
      load: async () => (await import('./ingress.ts')).createIngressCommand,
    },
    job: {
      short: 'Create a job with the specified name',
      load: async () => (await import('./job.ts')).createJobCommand,
    },
    namespace: {
      short: 'Create a namespace with the specified name',
      aliases: ['ns'],
      load: async () => (await import('./simple.ts')).createNamespaceCommand,
    },
    poddisruptionbudget: {
      short: 'Create a pod disruption budget with the specified name',
      aliases: ['pdb'],
      load: async () => (await import('./pdb.ts')).createPDBCommand,
    },
    priorityclass: {
      short: 'Create a priority class with the specified name',
      aliases: ['pc'],
      load: async () => (await import('./simple.ts')).createPriorityClassCommand,
    },
    quota: {
      short: 'Create a quota with the specified name',
      aliases: ['resourcequota'],
      load: async () => (await import('./simple.ts')).createQuotaCommand,
    },
    role: { short: 'Create a role with single rule', load: async () => (await import('./rbac.ts')).createRoleCommand },
    rolebinding: {
      short: 'Create a role binding for a particular role or cluster role',
      load: async () => (await import('./rbac.ts')).createRoleBindingCommand,
    },
    secret: {
      short: 'Create a secret using a specified subcommand',
      load: async () => (await import('./secret.ts')).createSecretCommand,
    },
    service: {
      short: 'Create a service using a specified subcommand',
      aliases: ['svc'],
      load: async () => (await import('./service.ts')).createServiceCommand,
    },
    serviceaccount: {
      short: 'Create a service account with the specified name',
      aliases: ['sa'],
      load: async () => (await import('./simple.ts')).createServiceAccountCommand,
    },
    token: {
      short: 'Request a service account token',
      load: async () => (await import('./token.ts')).createTokenCommand,
    },
  },
})
