import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import { groupOf } from '../printers/names.ts'
import { readManifests } from './manifests.ts'
import type { Found } from './targets.ts'

export interface LocalFlags {
  readonly filename: readonly string[]
  readonly recursive: boolean
}

/** The objects of files as they are, for --local: the server is not asked, so a plural name is guessed. */
export async function localObjects(context: Context, flags: LocalFlags): Promise<Found[]> {
  if (flags.filename.length === 0)
    throw new CommandError('one or more files must be specified as -f when --local is set')
  const manifests = await readManifests({
    filenames: flags.filename,
    recursive: flags.recursive,
    cwd: context.cwd,
    stdin: () => context.stdin,
  })
  return manifests.map(({ object, source }) => {
    const { apiVersion = '', kind = '' } = object
    const group = groupOf(apiVersion)
    const singular = kind.toLowerCase()
    const resource = {
      group,
      version: apiVersion.slice(group === '' ? 0 : group.length + 1),
      kind,
      resource: `${singular}s`,
      singular,
      namespaced: true,
      typeName: '',
      shortNames: [],
      categories: [],
      verbs: [],
      subresources: [],
    }
    const { name = '', namespace = '' } = object.metadata
    return { kind: resource, namespace, name, object, source }
  })
}
