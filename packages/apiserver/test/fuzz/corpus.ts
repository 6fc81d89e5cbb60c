import { hasProtobufForm } from '@wherry/apimachinery'
import { namespace, sampleOf, walked } from '../samples.ts'

/** A valid request, of which the fuzzer makes others. */
export interface Seed {
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly contentType: string
  /** Whether the body has a protobuf form. */
  readonly protobuf: boolean
}

const json = 'application/json'
const core = `/api/v1/namespaces/${namespace}`

/** Bodies of patches that fit many kinds. */
const patches: readonly (readonly [contentType: string, body: object])[] = [
  [
    'application/json-patch+json',
    [
      { op: 'test', path: '/metadata/labels/walk', value: 'x' },
      { op: 'add', path: '/metadata/annotations', value: { a: 'b' } },
      { op: 'copy', from: '/metadata/labels', path: '/metadata/annotations' },
      { op: 'move', from: '/metadata/annotations', path: '/metadata/labels' },
      { op: 'remove', path: '/metadata/labels/walk' },
      { op: 'replace', path: '', value: {} },
    ],
  ],
  ['application/merge-patch+json', { metadata: { labels: { a: 'b', walk: null }, annotations: null }, spec: { x: 1 } }],
  [
    'application/strategic-merge-patch+json',
    {
      metadata: { labels: { $patch: 'replace', a: 'b' }, '$deleteFromPrimitiveList/finalizers': ['x'] },
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'c' }],
            containers: [
              { name: 'c', $patch: 'delete' },
              { name: 'd', image: 'i', ports: [{ containerPort: 1 }] },
            ],
            $retainKeys: ['containers'],
          },
        },
      },
    },
  ],
]

/** A resource of a definition: with what schemas have, and with a corner where anything goes. */
export const customDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.fuzz.example' },
  spec: {
    group: 'fuzz.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' },
        },
        additionalPrinterColumns: [{ name: 'Size', type: 'integer', jsonPath: '.spec.size' }],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['size'],
                properties: {
                  size: { type: 'integer', format: 'int32', minimum: 0 },
                  port: { 'x-kubernetes-int-or-string': true },
                  mode: { type: 'string', enum: ['a', 'b'], default: 'a' },
                  tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
                  parts: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string' }, count: { type: 'integer', format: 'int64' } },
                    },
                  },
                  extra: { type: 'object', additionalProperties: { type: 'number' } },
                  anything: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  maybe: { type: 'string', nullable: true },
                },
              },
              status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            },
          },
        },
      },
    ],
  },
}

export const customPath = `/apis/fuzz.example/v1/namespaces/${namespace}/widgets`
const widget = {
  apiVersion: 'fuzz.example/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec: {
    size: 3,
    port: 'http',
    tags: ['a', 'b'],
    parts: [{ name: 'p', count: 1 }],
    extra: { x: 1.5 },
    anything: { deep: { deeper: [1, { a: null }] } },
    maybe: null,
  },
  status: { size: 1 },
}

/** Custom resources come often: much of what they go through is made at run time. */
const custom: readonly Seed[] = Array.from({ length: 8 }).flatMap(() => {
  const seed = (method: string, path: string, body?: object, contentType = json): Seed => ({
    method,
    path,
    contentType,
    protobuf: false,
    ...(body ? { body } : {}),
  })
  return [
    seed('POST', customPath, widget),
    seed('PUT', `${customPath}/w`, widget),
    seed('PUT', `${customPath}/w/status`, widget),
    seed('PUT', `${customPath}/w/scale`, {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'w' },
      spec: { replicas: 2 },
    }),
    seed('GET', `${customPath}/w`),
    seed('GET', customPath),
    seed('GET', `${customPath}?watch=true`),
    ...patches.map(([contentType, body]) => seed('PATCH', `${customPath}/w`, body, contentType)),
    seed('PATCH', `${customPath}/w?fieldManager=fuzz&force=true`, widget, 'application/apply-patch+yaml'),
  ]
})

/** Every verb of every kind that the server stores, and what stores nothing. */
export const corpus: readonly Seed[] = [
  ...custom,
  ...walked.flatMap((resource) => {
    const { info, collection } = resource
    const sample = sampleOf(resource, 0)
    // Deletes are of another object, so that most requests find theirs.
    const other = sampleOf(resource, 1)
    const name = sample.metadata.name ?? ''
    const protobuf = hasProtobufForm(sample.apiVersion ?? '', sample.kind ?? '')
    const seed = (method: string, path: string, body?: object, contentType = json): Seed => ({
      method,
      path,
      contentType,
      protobuf: protobuf && contentType === json,
      ...(body ? { body } : {}),
    })
    const object = `${collection}/${name}`
    const apply = { ...sample, metadata: { name } }
    return [
      seed('POST', collection, sample),
      seed('PUT', object, sample),
      seed('GET', object),
      seed('GET', collection),
      seed('GET', `${collection}?watch=true`),
      seed('POST', collection, other),
      seed('DELETE', `${collection}/${other.metadata.name}`, {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        gracePeriodSeconds: 0,
      }),
      seed('DELETE', `${collection}?fieldSelector=metadata.name%3D${other.metadata.name}`),
      ...patches.map(([contentType, body]) => seed('PATCH', object, body, contentType)),
      seed('PATCH', `${object}?fieldManager=fuzz`, apply, 'application/apply-patch+yaml'),
      ...info.subresources
        .filter(({ verbs }) => verbs.includes('update'))
        .map(({ name: sub }) => seed('PUT', `${object}/${sub}`, sample)),
    ]
  }),
  ...[
    ['/apis/authorization.k8s.io/v1/subjectaccessreviews', 'authorization.k8s.io/v1', 'SubjectAccessReview'],
    ['/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'authorization.k8s.io/v1', 'SelfSubjectAccessReview'],
    ['/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', 'authorization.k8s.io/v1', 'SelfSubjectRulesReview'],
    ['/apis/authentication.k8s.io/v1/tokenreviews', 'authentication.k8s.io/v1', 'TokenReview'],
    ['/apis/authentication.k8s.io/v1/selfsubjectreviews', 'authentication.k8s.io/v1', 'SelfSubjectReview'],
    [`${core}/serviceaccounts/default/token`, 'authentication.k8s.io/v1', 'TokenRequest'],
    [`${core}/pods/walk-v1-0/eviction`, 'policy/v1', 'Eviction'],
    [`${core}/pods/walk-v1-0/binding`, 'v1', 'Binding'],
    [`${core}/bindings`, 'v1', 'Binding'],
  ].map(([path = '', apiVersion, kind]) => ({
    method: 'POST',
    path,
    contentType: json,
    protobuf: true,
    body: {
      apiVersion,
      kind,
      metadata: { name: 'walk-v1-0' },
      spec: {
        user: 'u',
        token: 't',
        namespace,
        audiences: ['a'],
        expirationSeconds: 600,
        resourceAttributes: { verb: 'get', resource: 'pods' },
      },
      target: { kind: 'Node', name: 'n' },
    },
  })),
  ...['/api', '/apis', '/api/v1', '/apis/apps', '/apis/apps/v1', '/version', '/openapi/v3/version', '/readyz'].map(
    (path) => ({
      method: 'GET',
      path,
      contentType: json,
      protobuf: false,
    }),
  ),
]
