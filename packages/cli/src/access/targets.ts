import { apiVersionOf } from '@wherry/api'
import { parseLabelSelector } from '@wherry/apimachinery'
import type { Context } from '../context.ts'
import { CommandError, throwAll } from '../errors.ts'
import { stringMap, type Unstructured } from '../objects/json.ts'
import { readArguments, typesIn } from './arguments.ts'
import type { Connection } from './connection.ts'
import type { Resource } from './discovery.ts'
import { type Manifest, readManifests } from './manifests.ts'
import type { ObjectRef } from './rest.ts'

/** Which objects a verb is to work on. */
export interface TargetRequest {
  args: readonly string[]
  filename?: readonly string[]
  kustomize?: string
  recursive?: boolean
  selector?: string
  fieldSelector?: string
  allNamespaces?: boolean
  /** `--all`: every object of the types. */
  all?: boolean
  /** Types alone mean every object of them. */
  typesMeanAll?: boolean
}

/** One object that was named, or all objects of a kind that a selector finds. */
export type Target =
  | (ObjectRef & { form: 'object'; kind: Resource; object?: Unstructured; source?: string })
  | { form: 'list'; kind: Resource; namespace: string; query: { labelSelector?: string; fieldSelector?: string } }

/** An object as it is on the server. */
export interface Found extends ObjectRef {
  kind: Resource
  object: Unstructured
  source?: string
}

/** The message for a command that names nothing. */
export const nothingNamed = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`

/** Finds out what is meant, without asking for the objects themselves. Throws in the words of upstream's resource.Builder. */
export async function resolveTargets(
  context: Context,
  connection: Connection,
  request: TargetRequest,
): Promise<Target[]> {
  const files = request.filename ?? []
  if (files.length > 0 || request.kustomize) {
    if (request.args.length > 0) {
      throw new CommandError(
        'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
      )
    }
    refuseKustomize(request.kustomize)
    return fromFiles(context, connection, request)
  }
  if (request.args.length === 0 && (request.selector || request.fieldSelector || request.all)) {
    throw new CommandError('at least one resource must be specified to use a selector')
  }
  if (request.args.length === 0) throw new CommandError(nothingNamed)
  const named = readArguments(request.args, await connection.mapper(typesIn(request.args)), context.program)
  const bySelector = Boolean(request.selector || request.fieldSelector || request.all)
  if (named.form === 'pairs') {
    if (bySelector) {
      throw new CommandError('selectors and the all flag cannot be used when passing resource/name arguments')
    }
    return named.pairs.map(({ resource, name }) => byName(connection, request, resource, name))
  }
  const { resources, names } = named
  if (bySelector && names.length > 0) throw new CommandError('name cannot be provided when a selector is specified')
  if (names.length > 0) {
    if (resources.length === 0) throw new CommandError('you must provide a resource and a resource name together')
    return resources.flatMap((resource) => names.map((name) => byName(connection, request, resource, name)))
  }
  if (!bySelector && !request.typesMeanAll)
    throw new CommandError('resource(s) were provided, but no name was specified')
  return resources.map((kind) => ({
    form: 'list',
    kind,
    namespace: kind.namespaced && !request.allNamespaces ? connection.namespace : '',
    query: {
      ...(request.selector && { labelSelector: request.selector }),
      ...(request.fieldSelector && { fieldSelector: request.fieldSelector }),
    },
  }))
}

function byName(connection: Connection, request: TargetRequest, kind: Resource, name: string): Target {
  if (kind.namespaced && request.allNamespaces) {
    throw new CommandError('a resource cannot be retrieved by name across all namespaces')
  }
  return { form: 'object', kind, namespace: kind.namespaced ? connection.namespace : '', name }
}

/** Says that there is no kustomize here. */
export function refuseKustomize(directory: string | undefined): void {
  if (!directory) return
  throw new CommandError(
    'kustomize is not supported; render the directory with kustomize itself and pass the result to -f -',
  )
}

async function fromFiles(context: Context, connection: Connection, request: TargetRequest): Promise<Target[]> {
  const manifests = await readManifests({
    filenames: request.filename ?? [],
    recursive: request.recursive ?? false,
    cwd: context.cwd,
    stdin: () => context.stdin,
  })
  const matcher = request.selector ? parseLabelSelector(request.selector) : undefined
  const chosen = manifests.filter(({ object }) => !matcher || matcher.matches(stringMap(object.metadata.labels)))
  return Promise.all(chosen.map((manifest) => placeManifest(connection, manifest)))
}

/** Finds the resource and the namespace of an object from a file. Throws in kubectl's words where they do not fit. */
export async function placeManifest(
  connection: Connection,
  { object, source }: Manifest,
): Promise<Target & { form: 'object'; object: Unstructured }> {
  const { apiVersion = '', kind = '' } = object
  const mapper = await connection.mapper()
  const resource = mapper.forKind(apiVersion, kind) ?? (await connection.rediscover()).forKind(apiVersion, kind)
  const { name = '', namespace: own = '' } = object.metadata
  if (!resource) {
    throw new CommandError(
      `resource mapping not found for name: "${name}" namespace: "${own}" from "${source}": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    )
  }
  if (!resource.namespaced) return { form: 'object', kind: resource, namespace: '', name, object, source }
  if (connection.namespaceGiven && own !== '' && own !== connection.namespace) {
    throw new CommandError(
      `the namespace from the provided object "${own}" does not match the namespace "${connection.namespace}". You must pass '--namespace=${own}' to perform this operation.`,
    )
  }
  const namespace = own === '' ? connection.namespace : own
  const placed = own === '' ? { ...object, metadata: { ...object.metadata, namespace } } : object
  return { form: 'object', kind: resource, namespace, name, object: placed, source }
}

/** Fetches the targets' objects; what cannot be fetched is told in `errors`, and the rest goes on. */
export async function fetchTargets(
  connection: Connection,
  targets: readonly Target[],
  chunk = 500,
): Promise<{ found: Found[]; errors: unknown[] }> {
  const results = await Promise.all(
    targets.map(async (target): Promise<Found[] | { error: unknown }> => {
      try {
        if (target.form === 'list') {
          const objects = await connection.rest.list(target.kind, target.namespace, target.query, chunk)
          return objects.map((object) => foundIn(target.kind, object))
        }
        const object = await connection.rest.get(target)
        return [{ ...foundIn(target.kind, object), ...(target.source !== undefined && { source: target.source }) }]
      } catch (error) {
        return { error }
      }
    }),
  )
  const found: Found[] = []
  const errors: unknown[] = []
  for (const result of results) {
    if (Array.isArray(result)) found.push(...result)
    else errors.push(result.error)
  }
  return { found, errors }
}

/** An object that the server gave, with its place. */
export function foundIn(kind: Resource, object: Unstructured): Found {
  const { name = '', namespace = '' } = object.metadata
  return { kind, namespace: kind.namespaced ? namespace : '', name, object }
}

/** Resolves, fetches and hands each object to `visit`; what fails is thrown together at the end. */
export async function visitTargets(
  context: Context,
  request: TargetRequest,
  visit: (found: Found, connection: Connection) => Promise<void>,
): Promise<number> {
  const connection = await context.connect()
  const { found, errors } = await fetchTargets(connection, await resolveTargets(context, connection, request))
  for (const object of found) {
    try {
      await visit(object, connection)
    } catch (error) {
      errors.push(error)
    }
  }
  throwAll(errors)
  return found.length
}

/** The `apiVersion` of a resource's objects. */
export function apiVersion(kind: Resource): string {
  return apiVersionOf(kind)
}
