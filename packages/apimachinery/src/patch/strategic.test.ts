import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { valuesOf } from '../../testing/values-of.ts'
import { deepClone, deepFreeze, semanticEqual } from '../meta/deep.ts'
import { PatchConflictError, PreconditionError } from './patch-error.ts'
import {
  applyStrategicMergePatch,
  createThreeWayStrategicMergePatch,
  createTwoWayMergePatch,
  keyUnchanged,
  metadataKeyUnchanged,
} from './strategic.ts'

const podSpec = 'api.core.v1.PodSpec'
const objectMeta = 'apimachinery.pkg.apis.meta.v1.ObjectMeta'
const containers = (...names: string[]) => names.map((name) => ({ name }))

interface ApplyCase {
  name: string
  type?: string
  object: object
  patch: object
  want: object
}

const applied: ApplyCase[] = [
  {
    name: 'sets, changes and removes members of maps',
    type: objectMeta,
    object: { labels: { a: '1', b: '2' }, name: 'x' },
    patch: { labels: { a: null, b: '3', c: '4' }, annotations: { d: '5', e: null } },
    want: { labels: { b: '3', c: '4' }, annotations: { d: '5' }, name: 'x' },
  },
  {
    name: 'changes the item of a list that has the same merge key, and adds others in front',
    object: {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    },
    patch: {
      containers: [
        { name: 'b', image: '2' },
        { name: 'c', image: '3' },
      ],
    },
    want: {
      containers: [
        { name: 'b', image: '2' },
        { name: 'c', image: '3' },
        { name: 'a', image: '1' },
      ].sort((x, y) => (x.name === 'a' ? -1 : y.name === 'a' ? 1 : 0)),
    },
  },
  {
    name: 'puts merged items in the order that the patch asks for',
    object: { containers: containers('a', 'b', 'c') },
    patch: { '$setElementOrder/containers': containers('c', 'd', 'a'), containers: [{ name: 'd', image: '1' }] },
    want: { containers: [{ name: 'b' }, { name: 'c' }, { name: 'd', image: '1' }, { name: 'a' }] },
  },
  {
    name: 'puts items in another order without changing any',
    object: { containers: containers('a', 'b') },
    patch: { '$setElementOrder/containers': containers('b', 'a') },
    want: { containers: containers('b', 'a') },
  },
  {
    name: 'deletes an item of a list',
    object: { containers: containers('a', 'b') },
    patch: { containers: [{ name: 'a', $patch: 'delete' }] },
    want: { containers: containers('b') },
  },
  {
    name: 'deletes every item with the merge key, ports of both protocols included',
    type: 'api.core.v1.Container',
    object: {
      ports: [
        { containerPort: 53, protocol: 'UDP' },
        { containerPort: 53, protocol: 'TCP' },
      ],
    },
    patch: { ports: [{ containerPort: 53, $patch: 'delete' }] },
    want: { ports: [] },
  },
  {
    name: 'changes the first of two items with one merge key',
    type: 'api.core.v1.Container',
    object: {
      ports: [
        { containerPort: 53, protocol: 'UDP' },
        { containerPort: 53, protocol: 'TCP' },
      ],
    },
    patch: { ports: [{ containerPort: 53, name: 'dns' }] },
    want: {
      ports: [
        { containerPort: 53, protocol: 'UDP', name: 'dns' },
        { containerPort: 53, protocol: 'TCP' },
      ],
    },
  },
  {
    name: 'replaces a list',
    object: { containers: containers('a', 'b') },
    patch: { containers: [{ name: 'c' }, { $patch: 'replace' }] },
    want: { containers: containers('c') },
  },
  {
    name: 'replaces a map',
    object: { securityContext: { runAsUser: 1, runAsGroup: 2 } },
    patch: { securityContext: { $patch: 'replace', runAsUser: 3 } },
    want: { securityContext: { runAsUser: 3 } },
  },
  {
    name: 'empties a map',
    object: { securityContext: { runAsUser: 1 } },
    patch: { securityContext: { $patch: 'delete' } },
    want: { securityContext: {} },
  },
  {
    name: 'replaces lists that do not merge',
    object: { containers: [{ name: 'a', args: ['1', '2'] }] },
    patch: { containers: [{ name: 'a', args: ['3'] }] },
    want: { containers: [{ name: 'a', args: ['3'] }] },
  },
  {
    name: 'adds to a list of scalars, each once',
    type: objectMeta,
    object: { finalizers: ['a', 'b'] },
    patch: { finalizers: ['b', 'c'] },
    want: { finalizers: ['a', 'b', 'c'] },
  },
  {
    name: 'deletes from a list of scalars and puts the rest in order',
    type: objectMeta,
    object: { finalizers: ['a', 'b', 'c'] },
    patch: { '$deleteFromPrimitiveList/finalizers': ['b'], '$setElementOrder/finalizers': ['c', 'a'] },
    want: { finalizers: ['c', 'a'] },
  },
  {
    name: 'keeps only the named members where it retains keys',
    type: 'api.apps.v1.DeploymentSpec',
    object: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    patch: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
    want: { strategy: { type: 'Recreate' } },
  },
  {
    name: 'changes the one source of a volume',
    object: { volumes: [{ name: 'v', emptyDir: {} }] },
    patch: { volumes: [{ name: 'v', $retainKeys: ['configMap', 'name'], configMap: { name: 'c' } }] },
    want: { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
  },
  {
    name: 'takes no directive and no null into what it adds',
    object: {},
    patch: {
      containers: [
        { name: 'a', image: null },
        { name: 'b', $patch: 'delete' },
      ],
      affinity: { nodeAffinity: null },
    },
    want: { containers: [{ name: 'a' }], affinity: {} },
  },
  {
    name: 'replaces a value by one of another type',
    object: { containers: 'none', hostname: { a: 1 } },
    patch: { containers: containers('a'), hostname: 'h' },
    want: { containers: containers('a'), hostname: 'h' },
  },
]

describe('a strategic merge patch', () => {
  it.each(applied)('$name', ({ type = podSpec, object, patch, want }) => {
    expect(applyStrategicMergePatch(deepFreeze<object>(object), deepFreeze<object>(patch), type)).toEqual(want)
  })

  it.each([
    { patch: [], want: { code: 400, message: 'invalid JSON document' } },
    {
      patch: { containers: [{ image: 'x' }] },
      want: { code: 500, message: 'map: map[image:x] does not contain declared merge key: name' },
    },
    { patch: { containers: [[]] }, want: { code: 422, reason: 'Invalid' } },
    {
      patch: { containers: ['a', {}] },
      want: { code: 500, message: 'list element types are not identical: [[map[name:a]] [a map[]]]' },
    },
    {
      patch: { containers: [{ name: 'a', $patch: 'merge' }] },
      want: { code: 500, message: 'merging lists cannot yet be specified in the patch' },
    },
    {
      patch: { securityContext: { $patch: 'add' } },
      want: { code: 500, message: 'unknown patch type: add in map: map[$patch:add]' },
    },
    { patch: { $retainKeys: 'x' }, want: { code: 400, message: 'invalid patch format of retainKeys' } },
    {
      patch: { $retainKeys: ['x'], nodeName: 'n' },
      want: { code: 400, message: 'invalid patch format of retainKeys' },
    },
    {
      patch: { '$setElementOrder/containers': 'a' },
      want: { code: 500, message: 'expected a []interface {}, but received a string' },
    },
    {
      patch: { '$setElementOrder/containers': containers('b', 'a'), containers: containers('a', 'b') },
      want: {
        code: 500,
        message:
          "The order in patch list:\n[map[name:a] map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:b] map[name:a]]\n",
      },
    },
    { patch: { $setElementOrder: [] }, want: { code: 400, message: 'invalid patch format of setElementOrder list' } },
    { patch: { $deleteFromPrimitiveList: [] }, want: { code: 400, message: 'invalid patch format of primitive list' } },
    {
      patch: { unknown: { b: 1 } },
      want: { code: 500, message: 'unable to find api field in struct PodSpec for the json field "unknown"' },
    },
    {
      patch: { hostname: { a: { b: 1 } } },
      want: { code: 500, message: 'merging an object in json but data type is not struct, instead is: string' },
    },
  ])('that cannot be applied is answered with $want', ({ patch, want }) => {
    const object = {
      containers: containers('a'),
      securityContext: { runAsUser: 1 },
      unknown: { a: 1 },
      hostname: { a: { c: 1 } },
    }
    expect(() => applyStrategicMergePatch(object, patch, podSpec)).toThrow(expect.objectContaining(want))
  })

  it('is refused for types that nobody knows', () => {
    expect(() => applyStrategicMergePatch({}, {}, 'example.com.v1.Foo')).toThrow(
      expect.objectContaining({ code: 400, message: 'strategic merge patch format is not supported' }),
    )
  })

  it('leaves prototypes alone', () => {
    const patch: unknown = JSON.parse('{"labels":{"__proto__":{"polluted":"yes"},"a":"1"}}')
    const result = applyStrategicMergePatch({ labels: { b: '2' } }, patch, objectMeta)
    expect(Object.keys(Object(result.labels)).sort()).toEqual(['__proto__', 'a', 'b'])
    expect(Object(result.labels).polluted).toBeUndefined()
  })

  it('merges long lists in little time', () => {
    const env = (value: string) => Array.from({ length: 20_000 }, (_, i) => ({ name: `v${i}`, value }))
    const object = { containers: [{ name: 'a', env: env('1') }] }
    const result = applyStrategicMergePatch(object, { containers: [{ name: 'a', env: env('2') }] }, podSpec)
    expect(result).toEqual({ containers: [{ name: 'a', env: env('2') }] })
  }, 5000)
})

interface CreateCase {
  name: string
  type?: string
  original: object
  modified: object
  want: object
}

const created: CreateCase[] = [
  {
    name: 'is empty where nothing changed',
    original: { containers: containers('a') },
    modified: { containers: containers('a') },
    want: {},
  },
  {
    name: 'names what changed, and what is gone as null',
    type: objectMeta,
    original: { name: 'x', labels: { a: '1', b: '2' } },
    modified: { name: 'x', labels: { b: '3', c: '4' } },
    want: { labels: { a: null, b: '3', c: '4' } },
  },
  {
    name: 'tells changes, deletions and the order of a merged list',
    original: {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    },
    modified: { containers: [{ name: 'c' }, { name: 'b', image: '2' }] },
    want: {
      '$setElementOrder/containers': containers('c', 'b'),
      containers: [{ name: 'c' }, { name: 'b', image: '2' }, { name: 'a', $patch: 'delete' }],
    },
  },
  {
    name: 'tells a new order alone',
    original: { containers: containers('a', 'b') },
    modified: { containers: containers('b', 'a') },
    want: { '$setElementOrder/containers': containers('b', 'a') },
  },
  {
    name: 'deletes from a list of scalars',
    type: objectMeta,
    original: { finalizers: ['a', 'b'] },
    modified: { finalizers: ['b', 'c'] },
    want: {
      '$deleteFromPrimitiveList/finalizers': ['a'],
      '$setElementOrder/finalizers': ['b', 'c'],
      finalizers: ['c'],
    },
  },
  {
    name: 'retains the keys of a union',
    original: { volumes: [{ name: 'v', emptyDir: {} }] },
    modified: { volumes: [{ name: 'v', hostPath: { path: '/' } }] },
    want: {
      '$setElementOrder/volumes': [{ name: 'v' }],
      volumes: [{ name: 'v', $retainKeys: ['hostPath', 'name'], hostPath: { path: '/' }, emptyDir: null }],
    },
  },
  {
    name: 'replaces lists that do not merge as a whole',
    original: { containers: [{ name: 'a', command: ['x', 'y'] }] },
    modified: { containers: [{ name: 'a', command: ['x'] }] },
    want: { '$setElementOrder/containers': containers('a'), containers: [{ name: 'a', command: ['x'] }] },
  },
]

describe('the patch between two objects', () => {
  it.each(created)('$name', ({ type = podSpec, original, modified, want }) => {
    const patch = createTwoWayMergePatch(deepFreeze<object>(original), deepFreeze<object>(modified), type)
    expect(patch).toEqual(want)
    expect(semanticEqual(applyStrategicMergePatch(original, patch, type), modified)).toBe(true)
  })

  it('leads from any pod spec to any other', () => {
    // Merge keys must be there and be unique for a list to merge; the order among equals is the patch's own.
    const named = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 5 })
    const item = fc.record(
      { image: fc.constantFrom('1', '2'), workingDir: fc.constantFrom('/', '/x') },
      { requiredKeys: [] },
    )
    const specs = fc.record(
      {
        containers: named.chain((names) => fc.tuple(...names.map((name) => item.map((rest) => ({ name, ...rest }))))),
        hostname: fc.constantFrom('h', 'i'),
        nodeSelector: fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.constantFrom('1', '2')),
        securityContext: valuesOf('api.core.v1.PodSecurityContext', 1),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(specs, specs, (original, modified) => {
        const patch = createTwoWayMergePatch(original, modified, podSpec)
        const result = applyStrategicMergePatch(original, patch, podSpec)
        expect(semanticEqual(withoutNulls(result), withoutNulls(modified)), JSON.stringify({ patch, result })).toBe(
          true,
        )
      }),
      { numRuns: 300 },
    )
  })

  it('keeps to preconditions', () => {
    const change = () =>
      createTwoWayMergePatch({ metadata: { name: 'a' } }, { metadata: { name: 'b' } }, 'api.core.v1.Pod', [
        keyUnchanged('kind'),
        metadataKeyUnchanged('name'),
      ])
    expect(change).toThrow(PreconditionError)
    expect(change).toThrow('precondition failed for: map[metadata:map[name:b]]')
  })
})

function withoutNulls(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, member) => (member === null ? undefined : member)))
}

describe('the patch of an apply', () => {
  const threeWay = createThreeWayStrategicMergePatch

  it('changes what differs now, deletes what was applied before, and leaves what others added', () => {
    const original = { replicas: 1, template: { spec: { containers: [{ name: 'a', image: '1' }, { name: 'b' }] } } }
    const modified = { template: { spec: { containers: [{ name: 'a', image: '2' }] } } }
    const current = {
      replicas: 1,
      paused: true,
      template: {
        spec: {
          containers: [{ name: 'a', image: '1', imagePullPolicy: 'Always' }, { name: 'b' }, { name: 'sidecar' }],
        },
      },
    }
    const frozen = [original, modified, current].map((value) => deepFreeze<object>(value))
    const patch = threeWay(frozen[0], frozen[1], frozen[2], 'api.apps.v1.DeploymentSpec')
    expect(patch).toEqual({
      replicas: null,
      template: {
        spec: {
          '$setElementOrder/containers': containers('a'),
          containers: [
            { name: 'a', image: '2' },
            { name: 'b', $patch: 'delete' },
          ],
        },
      },
    })
    expect(applyStrategicMergePatch(current, patch, 'api.apps.v1.DeploymentSpec')).toEqual({
      paused: true,
      template: { spec: { containers: [{ name: 'a', image: '2', imagePullPolicy: 'Always' }, { name: 'sidecar' }] } },
    })
  })

  it('is empty where the object is as wanted', () => {
    const wanted = { replicas: 1, selector: { matchLabels: { a: 'b' } } }
    expect(threeWay(wanted, wanted, { ...wanted, paused: true }, 'api.apps.v1.DeploymentSpec')).toEqual({})
  })

  it('conflicts where the object was changed otherwise, unless it may overwrite', () => {
    const [original, modified, current] = [{ hostname: 'a' }, { hostname: 'b' }, { hostname: 'c' }]
    const strict = () => threeWay(original, modified, current, podSpec, { overwrite: false })
    expect(strict).toThrow(PatchConflictError)
    expect(strict).toThrow(
      'patch:\nhostname: b\n\nconflicts with changes made from original to current:\nhostname: c\n\n',
    )
    expect(threeWay(original, modified, current, podSpec)).toEqual({ hostname: 'b' })
    const same = threeWay(original, modified, { hostname: 'b' }, podSpec, { overwrite: false })
    expect(same).toEqual({})
  })

  it('applied twice changes nothing more', () => {
    const spec = valuesOf('api.core.v1.PodSecurityContext', 2)
    fc.assert(
      fc.property(spec, spec, spec, (original, modified, current) => {
        const type = 'api.core.v1.PodSecurityContext'
        const patch = attempt(() => threeWay(original, modified, current, type))
        if (!patch) return
        const once = applyStrategicMergePatch(current, deepClone<unknown>(patch), type)
        expect(semanticEqual(applyStrategicMergePatch(once, patch, type), once)).toBe(true)
      }),
    )
  })
})

/** Lists of merged items without merge key have no patch. */
function attempt<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
