import type { ServedResource } from '../discovery/served.ts'
import { versionInfo } from '../discovery/version.ts'
import { customReferences, customSchemas } from './custom-schemas.ts'
import type { JSONObject, JSONValue } from './json.ts'
import { type Operation, operationsOf, tagOf } from './operations.ts'
import { pathParameters, queryParameter } from './parameters.ts'
import type { Prose } from './prose.ts'
import { type Dialect, reachableTypes, schemaName, schemaOf, schemaRef } from './schemas.ts'

const info = { title: 'Kubernetes', version: versionInfo.gitVersion.split('+')[0] ?? '' }
const bearer = { description: 'Bearer Token authentication', in: 'header', name: 'authorization', type: 'apiKey' }
const readTypes = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const watchTypes = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']
const customTypes = ['application/json', 'application/yaml']
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

/** The OpenAPI 3.0 document of one group and version. */
export function groupDocument(served: readonly ServedResource[], prose: Prose): JSONObject {
  const operations = served.flatMap(operationsOf)
  return {
    openapi: '3.0.0',
    info,
    paths: Object.fromEntries(pathsOf(operations, 'v3')),
    components: {
      schemas: Object.fromEntries(definitionsOf(served, operations, 'v3', prose)),
      securitySchemes: { BearerToken: bearer },
    },
    security: [{ BearerToken: [] }],
  }
}

/** A document of megabytes, made member by member: it is never in memory as a whole. */
export interface Swagger {
  readonly head: JSONObject
  paths(): Iterable<readonly [path: string, item: JSONObject]>
  definitions(): Iterable<readonly [name: string, schema: JSONObject]>
}

/** The Swagger 2.0 document of everything. */
export function swaggerDocument(served: readonly ServedResource[], prose: Prose): Swagger {
  const operations = served.flatMap(operationsOf)
  return {
    head: {
      swagger: '2.0',
      info,
      securityDefinitions: { BearerToken: bearer },
      security: [{ BearerToken: [] }],
    },
    paths: () => pathsOf(operations, 'v2'),
    definitions: () => definitionsOf(served, operations, 'v2', prose),
  }
}

/** The document's JSON. */
export function swaggerJSON({ head, paths, definitions }: Swagger): Buffer {
  const pieces: Buffer[] = []
  const members = (name: string, entries: Iterable<readonly [string, JSONObject]>) => {
    let separator = `,${JSON.stringify(name)}:{`
    for (const [key, value] of entries) {
      pieces.push(Buffer.from(`${separator}${JSON.stringify(key)}:${JSON.stringify(value)}`))
      separator = ','
    }
    pieces.push(Buffer.from('}'))
  }
  pieces.push(Buffer.from(JSON.stringify(head).slice(0, -1)))
  members('paths', paths())
  members('definitions', definitions())
  pieces.push(Buffer.from('}'))
  return Buffer.concat(pieces)
}

function* definitionsOf(
  served: readonly ServedResource[],
  operations: readonly Operation[],
  dialect: Dialect,
  prose: Prose,
): Iterable<readonly [string, JSONObject]> {
  const roots = operations.flatMap(({ body, answer }) => [body, answer].filter((type) => type !== undefined))
  const watches = operations.some(({ action }) => action === 'list') ? ['apimachinery.pkg.apis.meta.v1.WatchEvent'] : []
  const custom = new Map(served.flatMap((one) => customSchemas(one, dialect, prose)))
  const references = custom.size > 0 ? customReferences : []
  const types = [...reachableTypes([...roots, ...watches, ...references])].sort((a, b) =>
    schemaName(a) < schemaName(b) ? -1 : 1,
  )
  for (const type of types) yield [schemaName(type), custom.get(type) ?? schemaOf(type, dialect, prose)]
}

function* pathsOf(operations: readonly Operation[], dialect: Dialect): Iterable<readonly [string, JSONObject]> {
  const byPath = new Map<string, Operation[]>()
  for (const operation of operations) {
    const others = byPath.get(operation.path)
    if (others) others.push(operation)
    else byPath.set(operation.path, [operation])
  }
  for (const path of [...byPath.keys()].sort()) {
    const item: Record<string, JSONValue> = { parameters: pathParameters(path, dialect) }
    for (const operation of byPath.get(path) ?? []) {
      item[operation.method] = dialect === 'v3' ? operationV3(operation) : operationV2(operation)
    }
    yield [path, item]
  }
}

function shared(operation: Operation, dialect: Dialect) {
  const { group, version } = groupOfPath(operation.path)
  return {
    tags: [tagOf({ group, version })],
    description: operation.description,
    operationId: operation.id,
    parameters: operation.query.map((name) => queryParameter(name, dialect)),
  }
}

function extensions({ action, kind }: Operation): JSONObject {
  const { group, version } = kind
  return {
    'x-kubernetes-action': action,
    'x-kubernetes-group-version-kind': { group, kind: kind.kind, version },
  }
}

function operationV3(operation: Operation): JSONObject {
  const types = producedBy(operation)
  const answer = operation.answer
  const content: JSONObject =
    answer === undefined
      ? Object.fromEntries(['text/plain', '*/*'].map((type) => [type, { schema: { type: 'string' } }]))
      : Object.fromEntries(types.map((type) => [type, { schema: schemaRef(answer, 'v3') }]))
  const responses = Object.fromEntries(
    statuses(operation).map(([code, description]) => [code, { description, content }]),
  )
  const { body } = operation
  const bodyTypes = consumedBy(operation)
  const requestBody = body && {
    content: Object.fromEntries(bodyTypes.map((type) => [type, { schema: schemaRef(body, 'v3') }])),
    ...(operation.method === 'delete' ? {} : { required: true }),
  }
  return {
    ...shared(operation, 'v3'),
    ...(requestBody ? { requestBody } : {}),
    responses: { ...responses, '401': { description: 'Unauthorized' } },
    ...extensions(operation),
  }
}

function operationV2(operation: Operation): JSONObject {
  const { body, answer } = operation
  const { parameters, ...rest } = shared(operation, 'v2')
  const schema = answer === undefined ? { type: 'string' } : schemaRef(answer, 'v2')
  const responses = Object.fromEntries(
    statuses(operation).map(([code, description]) => [code, { description, schema }]),
  )
  const bodies = body
    ? [
        {
          name: 'body',
          in: 'body',
          ...(operation.method === 'delete' ? {} : { required: true }),
          schema: schemaRef(body, 'v2'),
        },
      ]
    : []
  const produced = answer === undefined ? ['*/*'] : producedBy(operation)
  return {
    ...rest,
    consumes: consumedBy(operation),
    produces: produced,
    schemes: ['https'],
    parameters: [...bodies, ...parameters],
    responses: { ...responses, '401': { description: 'Unauthorized' } },
    ...extensions(operation),
  }
}

function producedBy({ action, custom }: Operation): readonly string[] {
  if (custom) return customTypes
  return action === 'list' ? [...readTypes, ...watchTypes] : readTypes
}

/** Custom resources have no strategic merge patch. */
function consumedBy({ action, custom }: Operation): readonly string[] {
  if (action !== 'patch') return custom ? customTypes : ['*/*']
  return custom ? patchTypes.filter((type) => !type.includes('strategic')) : patchTypes
}

function statuses({ action }: Operation): readonly (readonly [code: string, description: string])[] {
  const ok = ['200', 'OK'] as const
  if (action === 'post') return [ok, ['201', 'Created'], ['202', 'Accepted']]
  if (action === 'put' || action === 'patch') return [ok, ['201', 'Created']]
  return action === 'delete' ? [ok, ['202', 'Accepted']] : [ok]
}

function groupOfPath(path: string): { group: string; version: string } {
  const [, root, first = '', second = ''] = path.split('/')
  return root === 'api' ? { group: '', version: first } : { group: first, version: second }
}
