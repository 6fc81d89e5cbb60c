import type { CustomResourceDefinitionVersion, Kind, ResourceInfo, SubresourceInfo } from '@wherry/api'
import { applySchemaFromOpenAPI, type DeepReadonly, forbidden, groupResource } from '@wherry/apimachinery'
import { compareVersions } from '../discovery/group-priorities.ts'
import type { ResourceDefinition } from '../registry/resource.ts'
import { type Definition, isTrue } from './conditions.ts'
import { newDecoder } from './custom-object.ts'
import { finalizerWarnings } from './finalizer-warnings.ts'
import { printerColumns } from './printer-columns.ts'
import { scaleStrategy } from './scale.ts'
import type { Schema } from './schema/schema.ts'
import { fieldReaders } from './selectable-fields.ts'

export type Version = DeepReadonly<CustomResourceDefinitionVersion>

/** What judges objects of one version; everything but their metadata. */
export interface ObjectRules {
  validate: NonNullable<ResourceDefinition['validate']>
  validateUpdate: NonNullable<ResourceDefinition['validateUpdate']>
  validateStatusUpdate: NonNullable<ResourceDefinition['validateUpdate']>
}

const allVerbs = ['delete', 'deletecollection', 'get', 'list', 'patch', 'create', 'update', 'watch']
const terminatingVerbs = ['delete', 'deletecollection', 'get', 'list', 'watch']

/** The schema of a version; undefined where it has none, as with definitions of old. */
export function schemaOf(version: Version): Schema | undefined {
  return version.schema?.openAPIV3Schema
}

export function kindOf(definition: Definition, version: Version): Kind {
  const { spec, status } = definition
  const names = status?.acceptedNames ?? spec.names
  return {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    resource: names.plural,
    singular: names.singular ?? '',
    namespaced: spec.scope === 'Namespaced',
    typeName: '',
  }
}

/** What the API's own table says of built-in resources, for one version of a custom one. */
export function infoOf(kind: Kind, version: Version): ResourceInfo {
  const { group, version: name, kind: own, resource, singular, namespaced, typeName } = kind
  const verbs = ['get', 'patch', 'update']
  const subresources: SubresourceInfo[] = []
  if (version.subresources?.status) subresources.push({ name: 'status', group, version: name, kind: own, verbs })
  if (version.subresources?.scale) {
    subresources.push({ name: 'scale', group: 'autoscaling', version: 'v1', kind: 'Scale', verbs })
  }
  return { group, version: name, kind: own, resource, singular, namespaced, typeName, verbs: allVerbs, subresources }
}

/** The declaration of one version of a custom resource: what is an object literal for built-in kinds. */
export function defineCustom(definition: Definition, version: Version, rules: ObjectRules): ResourceDefinition {
  const { spec, status } = definition
  const names = status?.acceptedNames ?? spec.names
  const kind = kindOf(definition, version)
  const info = infoOf(kind, version)
  const terminating = definition.metadata.deletionTimestamp !== undefined || isTrue(definition, 'Terminating')
  const schema = schemaOf(version)
  const preserve = spec.preserveUnknownFields === true
  const storage = spec.versions.find((one) => one.storage)?.name ?? version.name
  const { scale, status: hasStatus } = version.subresources ?? {}
  const deprecation = version.deprecated ? (version.deprecationWarning ?? defaultDeprecation(definition, version)) : ''
  return {
    kind,
    schema: {
      decode: newDecoder(schema, { defaults: true, preserve }),
      applySchema: applySchemaFromOpenAPI(preserve ? {} : (schema ?? preservesAll)),
      openAPIV3Schema: schema,
      preserveUnknownFields: preserve,
      listKind: names.listKind ?? `${names.kind}List`,
      discovery: isTrue(definition, 'Terminating') ? { ...info, verbs: terminatingVerbs } : info,
      storageVersion: storage,
      selectableFields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath),
    },
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    generation: true,
    allowUnconditionalUpdate: false,
    ...(hasStatus ? { status: { validateUpdate: rules.validateStatusUpdate } } : {}),
    ...(scale ? { scale: scaleStrategy(scale) } : {}),
    ...(deprecation === '' ? {} : { deprecation }),
    columns: printerColumns(version.additionalPrinterColumns),
    selectableFields: fieldReaders(version.selectableFields ?? []),
    validate: rules.validate,
    validateUpdate: rules.validateUpdate,
    warnings: finalizerWarnings,
    async begin(object, old) {
      if (terminating && !old) {
        const cause = 'create not allowed while custom resource definition is terminating'
        throw forbidden(groupResource(kind), object.metadata.name ?? '', cause)
      }
      return undefined
    },
  }
}

const preservesAll = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

/** As upstream: `defaultDeprecationWarning`. */
function defaultDeprecation({ spec }: Definition, { name }: Version): string {
  const message = `${spec.group}/${name} ${spec.names.kind} is deprecated`
  const better = spec.versions
    .filter((one) => one.served && !one.deprecated && compareVersions(one.name, name) < 0)
    .map((one) => one.name)
    .sort(compareVersions)
  return better[0] === undefined ? message : `${message}; use ${spec.group}/${better[0]} ${spec.names.kind}`
}
