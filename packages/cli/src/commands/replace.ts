import { isNotFound } from '@wherry/apimachinery'
import { aWeekMs, waitForDeletion } from '../access/deletion.ts'
import { dryRunOf, writeQuery } from '../access/dry-run.ts'
import { readManifests } from '../access/manifests.ts'
import { placeManifest, refuseKustomize } from '../access/targets.ts'
import { defineCommand } from '../command.ts'
import { CommandError, ErrorGatherer, UsageError } from '../errors.ts'
import { withSource } from '../error-source.ts'
import {
  deleteFlags,
  dryRunFlag,
  fieldManagerFlag,
  fileFlags,
  printFlags,
  saveConfigFlag,
  validateFlag,
} from '../flags/shared.ts'
import { lastAppliedAnnotation, withLastApplied } from '../objects/last-applied.ts'
import { Reporter } from '../printers/report.ts'
import { propagation } from './delete.ts'

export const replaceCommand = defineCommand({
  use: 'replace -f FILENAME',
  short: 'Replace a resource from a file or standard input',
  long: `Replace a resource from a file or standard input.

 The file must hold the whole object. With --force the object is deleted and made anew.`,
  examples: `# From a file
$ replace -f pod.yaml

# From what another command made
$ get pod web-0 -o yaml | sed 's/web:1/web:2/' | wherry replace -f -`,
  flags: {
    ...printFlags,
    ...fileFlags,
    ...dryRunFlag,
    ...validateFlag,
    ...saveConfigFlag,
    ...deleteFlags,
    ...fieldManagerFlag('kubectl-replace'),
    raw: { type: 'string', describe: 'A path to put the file to.' },
    subresource: { type: 'string', describe: 'Replace this subresource of the object.' },
    wait: { type: 'boolean', describe: 'With --force: wait until the old object is gone.' },
  },
  async run(context, { args, flags }) {
    if (args.length > 0) throw new UsageError(`Unexpected args: [${args.join(' ')}]`)
    refuseKustomize(flags.kustomize)
    if (flags.filename.length === 0) throw new CommandError('must specify one of -f and -k')
    if (flags['grace-period'] >= 0 && !flags.force) throw new CommandError('--grace-period must have --force specified')
    if (flags.timeout !== 0 && !flags.force) throw new CommandError('--timeout must have --force specified')
    const dryRun = dryRunOf(context, flags['dry-run'])
    if (flags.force && dryRun !== 'none') throw new CommandError('--dry-run can not be used when --force is set')
    const connection = await context.connect()
    const reporter = new Reporter(context, flags, dryRun)
    await reporter.check()
    const query = writeQuery({ dryRun, fieldManager: flags['field-manager'], validate: flags.validate })
    const request = {
      filenames: flags.filename,
      recursive: flags.recursive,
      cwd: context.cwd,
      stdin: () => context.stdin,
    }
    const manifests = await readManifests(request)
    if (flags.raw !== '') {
      const { body } = await connection.rest.send('PUT', flags.raw, { body: manifests[0]?.object })
      context.print(body.toString('utf8'))
      return
    }
    const errors = new ErrorGatherer()
    for (const manifest of manifests) {
      await errors.gather(async () => {
        const placed = await placeManifest(connection, manifest)
        const { source } = manifest
        const keep = flags['save-config'] || placed.object.metadata.annotations?.[lastAppliedAnnotation] !== undefined
        const object = keep ? withLastApplied(placed.object) : placed.object
        if (dryRun === 'client') return reporter.print(object, 'replaced')
        if (!flags.force) {
          const versioned = await withVersion(connection, placed, object)
          const after = await connection.rest
            .replace(placed, versioned, query, flags.subresource || undefined)
            .catch(withSource('replacing', source))
          return reporter.print(after, 'replaced')
        }
        const grace = Math.max(flags['grace-period'], 0)
        const gone = await connection.rest
          .delete(placed, { propagationPolicy: propagation(flags.cascade), gracePeriodSeconds: grace })
          .catch((error: unknown) => {
            if (isNotFound(error)) return undefined
            throw error
          })
        if (gone) {
          const kind = placed.kind.kind.toLowerCase() + (placed.kind.group === '' ? '' : `.${placed.kind.group}`)
          context.print(
            `${kind} "${placed.name}" deleted${placed.namespace === '' ? '' : ` from ${placed.namespace} namespace`}\n`,
          )
          await waitForDeletion(context, connection, [{ ...placed, uid: gone.metadata.uid }], flags.timeout || aWeekMs)
        }
        const after = await connection.rest
          .create(placed.kind, placed.namespace, object, query)
          .catch(withSource('creating', source))
        return reporter.print(after, 'replaced')
      })
    }
    errors.throwAll()
    connection.rest.checkWarnings()
  },
})

/** A file without a version replaces whatever version there is, as kubectl's helper does for kinds that want one. */
async function withVersion(
  connection: Awaited<ReturnType<Parameters<typeof replaceCommand.invoke>[0]['connect']>>,
  placed: Awaited<ReturnType<typeof placeManifest>>,
  object: typeof placed.object,
): Promise<typeof placed.object> {
  if (object.metadata.resourceVersion) return object
  const live = await connection.rest.get(placed).catch(() => undefined)
  const resourceVersion = live?.metadata.resourceVersion
  return resourceVersion ? { ...object, metadata: { ...object.metadata, resourceVersion } } : object
}
