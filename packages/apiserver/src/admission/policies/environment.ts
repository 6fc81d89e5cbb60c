import {
  authorizerType,
  boolType,
  type CelType,
  dynType,
  type Environment,
  functionTable,
  intType,
  jsonPatchLibrary,
  listType,
  mapType,
  newEnvironment,
  resourceCheckType,
  type StructDecl,
  stringType,
  structType,
  timestampType,
} from '@wherry/cel'

const kindType = structType('kubernetes.GroupVersionKind')
const resourceType = structType('kubernetes.GroupVersionResource')
const userInfoType = structType('kubernetes.UserInfo')
const requestType = structType('kubernetes.AdmissionRequest')
const namespaceType = structType('kubernetes.Namespace')
const metadataType = structType('kubernetes.NamespaceMetadata')
const specType = structType('kubernetes.NamespaceSpec')
const statusType = structType('kubernetes.NamespaceStatus')
const conditionType = structType('kubernetes.NamespaceCondition')
const variablesType = structType('kubernetes.variables')
const strings = listType(stringType)
const labels = mapType(stringType, stringType)

type Fields = Readonly<Record<string, CelType>>

/** The types of `request` and `namespaceObject` (apiserver `admission/plugin/cel/compile.go`). */
const structs: ReadonlyMap<string, Fields> = new Map<string, Fields>([
  [kindType.name, { group: stringType, version: stringType, kind: stringType }],
  [resourceType.name, { group: stringType, version: stringType, resource: stringType }],
  [userInfoType.name, { username: stringType, uid: stringType, groups: strings, extra: mapType(stringType, strings) }],
  [
    requestType.name,
    {
      kind: kindType,
      resource: resourceType,
      subResource: stringType,
      requestKind: kindType,
      requestResource: resourceType,
      requestSubResource: stringType,
      name: stringType,
      namespace: stringType,
      operation: stringType,
      userInfo: userInfoType,
      dryRun: boolType,
      options: dynType,
    },
  ],
  [namespaceType.name, { metadata: metadataType, spec: specType, status: statusType }],
  [specType.name, { finalizers: strings }],
  [statusType.name, { conditions: listType(conditionType), phase: stringType }],
  [
    conditionType.name,
    {
      status: stringType,
      type: stringType,
      lastTransitionTime: timestampType,
      message: stringType,
      reason: stringType,
    },
  ],
  [
    metadataType.name,
    {
      name: stringType,
      generateName: stringType,
      namespace: stringType,
      labels,
      annotations: labels,
      UID: stringType,
      creationTimestamp: timestampType,
      deletionGracePeriodSeconds: intType,
      deletionTimestamp: timestampType,
      generation: intType,
      resourceVersion: stringType,
      finalizers: strings,
    },
  ],
])

const patchFields: Fields = { op: stringType, from: stringType, path: stringType, value: dynType }

const structOf = (name: string, fields: Fields): StructDecl => ({
  name,
  field: (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined),
  fields: () => Object.keys(fields),
})

export interface PolicyVariables {
  /** The policy has a paramKind. */
  readonly params: boolean
  /** `authorizer` is there: everywhere but in message expressions. */
  readonly authorizer: boolean
  /** `Object{…}` and `JSONPatch{…}` can be built: in mutations. */
  readonly patches: boolean
  /** The types of `variables.<name>`; absent where there is no `variables`. */
  readonly composed?: ReadonlyMap<string, CelType>
}

/** What the expressions of a policy, or of a webhook's match conditions, may use. */
export function policyEnvironment({ params, authorizer, patches, composed }: PolicyVariables): Environment {
  return newEnvironment({
    variables: {
      object: dynType,
      oldObject: dynType,
      request: requestType,
      namespaceObject: namespaceType,
      ...(params ? { params: dynType } : {}),
      ...(authorizer ? { authorizer: authorizerType, 'authorizer.requestResource': resourceCheckType } : {}),
      ...(composed ? { variables: variablesType } : {}),
    },
    structs(name) {
      const fields = structs.get(name)
      if (fields !== undefined) return structOf(name, fields)
      if (composed && name === variablesType.name) {
        return { name, field: (field) => composed.get(field), fields: () => composed.keys() }
      }
      if (!patches) return undefined
      if (name === 'JSONPatch') return structOf(name, patchFields)
      // Fields of any name, of any type: nothing is known of the object.
      const isObject = name === 'Object' || name.startsWith('Object.')
      return isObject ? { name, field: () => dynType, fields: () => [] } : undefined
    },
    ...(patches ? { functions: functionTable(jsonPatchLibrary) } : {}),
  })
}
