import { afterAll, expect, it } from 'vitest'
import { uniqueName } from '../harness/cluster.ts'
import { eventually } from '../harness/eventually.ts'
import { describeWithKubectl } from '../harness/kubectl-suite.ts'

const definition = (group: string) => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: boats.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {plural: boats, singular: boat, kind: Boat, shortNames: [bt], categories: [fleet]}
  versions:
  - name: v1
    served: true
    storage: true
    subresources:
      status: {}
      scale: {specReplicasPath: .spec.oars, statusReplicasPath: .status.oars}
    selectableFields: [{jsonPath: .spec.colour}]
    additionalPrinterColumns:
    - {name: Oars, type: integer, jsonPath: .spec.oars}
    - {name: Colour, type: string, jsonPath: .spec.colour, priority: 1}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [oars]
            x-kubernetes-validations:
            - {rule: "self.oars % 2 == 0", message: oars come in pairs}
            properties:
              oars: {type: integer, minimum: 0, description: How many oars the boat has.}
              colour: {type: string, default: white, enum: [white, red]}
              crew:
                type: array
                items: {type: object, required: [name], properties: {name: {type: string}, role: {type: string}}}
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
          status:
            type: object
            properties: {oars: {type: integer}, phase: {type: string}}
`

describeWithKubectl('custom resources', (k) => {
  const group = `${uniqueName('boats')}.example.com`
  const boat = (name: string, spec: string) => `
apiVersion: ${group}/v1
kind: Boat
metadata: {name: ${name}}
spec: ${spec}
`
  afterAll(async () => {
    await k().ok(['delete', 'crd', `boats.${group}`, '--ignore-not-found', '--timeout=60s'])
  })

  it('a definition is established, and its resource is served at once', async () => {
    await k().ok('apply -f -', { input: definition(group) })
    await k().ok(['wait', '--for=condition=Established', `crd/boats.${group}`, '--timeout=30s'])
    await eventually(async () =>
      expect(await k().ok(['api-resources', `--api-group=${group}`])).toMatch(/boats +bt +\S+\/v1 +true +Boat/),
    )
    const explained = (field: string) => k().ok(['explain', field, `--api-version=${group}/v1`])
    expect(await eventually(() => explained('boats'))).toMatch(/KIND: +Boat/)
    expect(await explained('boats.spec')).toContain('How many oars the boat has.')
  })

  it('objects are made with defaults and shown in columns', async () => {
    expect(await k().ok('apply -f -', { input: boat('skiff', '{oars: 2}') })).toBe(`boat.${group}/skiff created\n`)
    expect(await k().ok('apply -f -', { input: boat('skiff', '{oars: 2}') })).toBe(`boat.${group}/skiff unchanged\n`)
    expect(await k().ok(['get', `boats.${group}`])).toMatch(/^NAME +OARS\nskiff +2\n$/)
    expect(await k().ok(['get', `boats.${group}`, '-o', 'wide'])).toMatch(/^NAME +OARS +COLOUR\nskiff +2 +white\n$/)
    expect(await k().ok(['get', `boats.${group}`, '--field-selector=spec.colour=red'])).toBe('')
    expect(await k().ok(['describe', `boats.${group}`, 'skiff'])).toMatch(/Colour: +white/)
  })

  it('what the schema and its rules forbid is refused', async () => {
    const refused = (spec: string) => k().fails('create --validate=false -f -', { input: boat('bad', spec) })
    expect(await refused('{oars: -2}')).toContain(
      'spec.oars: Invalid value: -2: spec.oars in body should be greater than or equal to 0',
    )
    expect(await refused('{oars: 3}')).toContain('spec: Invalid value: oars come in pairs')
    expect(await refused('{}')).toContain('spec.oars: Required value')
    expect(await refused('{oars: 2, colour: blue}')).toContain(
      'spec.colour: Unsupported value: "blue": supported values: "white", "red"',
    )
    expect(await k().fails('create -f -', { input: boat('bad', '{oars: 2, sails: 1}') })).toContain(
      'unknown field "spec.sails"',
    )
  })

  it('scale, status and patches', async () => {
    await k().ok(['scale', `boats.${group}/skiff`, '--replicas=4'])
    expect(await k().field(`boats.${group}/skiff`, '{.spec.oars}')).toBe('4')
    const status = ['--subresource=status', '--type=merge', '-p', '{"status":{"phase":"Afloat"}}']
    await k().ok(['patch', `boats.${group}`, 'skiff', ...status])
    await k().ok(['wait', '--for=jsonpath={.status.phase}=Afloat', `boats.${group}/skiff`])
    await k().ok(['label', `boats.${group}`, 'skiff', 'a=b'])
    expect(await k().field(`boats.${group}/skiff`, '{.metadata.generation}')).toBe('2')
  })

  it('server-side apply merges lists by their key', async () => {
    const crew = (manager: string, name: string) =>
      k().ok(['apply', '--server-side', `--field-manager=${manager}`, '-f', '-'], {
        input: boat('gig', `{oars: 6, crew: [{name: ${name}}]}`),
      })
    await crew('one', 'anna')
    await crew('two', 'bert')
    expect(await k().field(`boats.${group}/gig`, '{.spec.crew[*].name}')).toBe('anna bert')
    await k().ok('apply --server-side --field-manager=one -f -', { input: boat('gig', '{oars: 6}') })
    expect(await k().field(`boats.${group}/gig`, '{.spec.crew[*].name}')).toBe('bert')
  })

  it('the definition takes objects and discovery along', async () => {
    await k().ok(['delete', 'crd', `boats.${group}`, '--timeout=60s'])
    await eventually(async () =>
      expect(await k().fails(['get', `boats.${group}`])).toMatch(/doesn't have a resource type|could not find/),
    )
  })
})
