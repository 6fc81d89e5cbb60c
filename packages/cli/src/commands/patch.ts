import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { applyJSONPatch, applyMergePatch, applyStrategicMergePatch, parseYAML } from '@wherry/apimachinery'
import { dryRunOf } from '../access/dry-run.ts'
import { localObjects } from '../access/local.ts'
import { type Found, visitTargets } from '../access/targets.ts'
import { defineCommand } from '../command.ts'
import { completeResources } from '../complete.ts'
import { CommandError, messageOf } from '../errors.ts'
import { dryRunFlag, fieldManagerFlag, fileFlags, printFlags } from '../flags/shared.ts'
import { type Unstructured, unstructured } from '../objects/json.ts'
import { typeNameOf } from '../objects/type-name.ts'
import { Reporter } from '../printers/report.ts'

type Type = 'json' | 'merge' | 'strategic'

export const patchCommand = defineCommand({
  use: 'patch (-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]',
  short: 'Change fields of a resource',
  long: `Change fields of a resource with a strategic merge patch, a JSON merge patch or a JSON patch.

 Patches are JSON or YAML.`,
  examples: `# A strategic merge patch, as JSON or as YAML
$ patch deployment web -p '{"spec":{"replicas":2}}'
$ patch deployment web -p 'spec: {paused: true}'

# A JSON patch
$ patch pod web-0 --type=json -p='[{"op":"replace","path":"/spec/containers/0/image","value":"web:2"}]'

# A subresource
$ patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":3}}'`,
  complete: completeResources,
  flags: {
    ...printFlags,
    ...fileFlags,
    ...dryRunFlag,
    ...fieldManagerFlag('kubectl-patch'),
    local: { type: 'boolean', describe: 'Change only what is given, without asking the server.' },
    patch: { type: 'string', short: 'p', describe: 'The patch, as JSON or YAML.' },
    'patch-file': { type: 'string', describe: 'A file with the patch.' },
    subresource: { type: 'string', describe: 'Patch this subresource of the object.' },
    type: { type: 'string', default: 'strategic', describe: 'The type of the patch; one of [json merge strategic].' },
  },
  async run(context, { args, flags }) {
    if (flags.patch !== '' && flags['patch-file'] !== '') {
      throw new CommandError('cannot specify --patch and --patch-file together')
    }
    if (flags.patch === '' && flags['patch-file'] === '')
      throw new CommandError('must specify --patch or --patch-file containing the contents of the patch')
    const type = typeOf(flags.type)
    const source = flags['patch-file'] === '' ? flags.patch : await readPatch(resolve(context.cwd, flags['patch-file']))
    const patch = parsePatch(source)
    const dryRun = dryRunOf(context, flags['dry-run'])
    const reporter = new Reporter(context, flags, dryRun)
    await reporter.check()
    if (flags.local) {
      for (const found of await localObjects(context, flags)) {
        await reporter.print(applyLocally(found, patch, type), 'patched')
      }
      return
    }
    const request = { args, filename: flags.filename, kustomize: flags.kustomize, recursive: flags.recursive }
    const count = await visitTargets(context, request, async (found, connection) => {
      if (dryRun === 'client') {
        await reporter.print(applyLocally(found, patch, type), 'patched')
        return
      }
      const query = { fieldManager: flags['field-manager'], ...(dryRun === 'server' && { dryRun: 'All' }) }
      const before = found.object.metadata.resourceVersion
      const after = await connection.rest.patch(found, type, patch, query, flags.subresource || undefined)
      const changed = dryRun === 'server' || flags.subresource !== '' || after.metadata.resourceVersion !== before
      await reporter.print(after, changed ? 'patched' : 'patched (no change)')
    })
    if (count === 0) throw new CommandError('no objects passed to patch')
  },
})

function typeOf(text: string): Type {
  const lower = text.toLowerCase()
  if (lower === 'json' || lower === 'merge' || lower === 'strategic') return lower
  throw new CommandError(`--type must be one of [json merge strategic], not ${JSON.stringify(text)}`)
}

async function readPatch(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new CommandError(`unable to read patch file: ${messageOf(error)}`, { cause: error })
  })
}

/** What looks like JSON goes to the server as it is, which says what is wrong with it. */
function parsePatch(text: string): unknown {
  if (/^\s*[{[]/.test(text)) return text
  try {
    return parseYAML(text)[0]
  } catch (error) {
    throw new CommandError(`unable to parse ${JSON.stringify(text)}: ${messageOf(error)}`, { cause: error })
  }
}

function applyLocally({ kind, object }: Found, given: unknown, type: Type): Unstructured {
  const patch: unknown = typeof given === 'string' ? JSON.parse(given) : given
  if (type === 'merge') return unstructured(applyMergePatch(object, patch))
  if (type === 'json') return unstructured(applyJSONPatch(object, patch))
  const typeName = typeNameOf(kind)
  if (typeName === undefined) {
    throw new CommandError(
      `cannot apply strategic merge patch for ${kind.group}/${kind.version}, Kind=${kind.kind} locally, try --type merge`,
    )
  }
  return unstructured(applyStrategicMergePatch(object, patch, typeName))
}
