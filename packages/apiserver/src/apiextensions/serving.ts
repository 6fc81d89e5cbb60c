import { apiVersionOf, type KubeObject } from '@wherry/api'
import { type DeepReadonly, isMap } from '@wherry/apimachinery'
import type { Core } from '../registry/core.ts'
import type { Served } from '../registry/served.ts'
import { ResourceCache } from '../watch-cache/resource-cache.ts'
import { root } from '../watch-cache/watch-cache.ts'
import { wireFormOf } from '../watch-cache/wire.ts'
import type { Definition } from './conditions.ts'
import type { WebhookClient } from '../webhook/webhook-client.ts'
import { type Converter, renameOnly } from './conversion.ts'
import { newConversionWebhook } from './conversion-webhook.ts'
import { defineCustom, infoOf, kindOf, schemaOf, type Version } from './custom-definition.ts'
import { serveCustom } from './custom-served.ts'
import { newObjectRules } from './object-rules.ts'
import { compileTidy } from './schema/tidy.ts'

export interface ServingDeps {
  readonly core: Core
  /** Made when the first webhook is to be asked. */
  webhooks(): WebhookClient
}

/** All versions of a definition that has been given its names, ready to be served, over one cache. */
export function buildVersions(
  { core, webhooks }: ServingDeps,
  definition: Definition,
): { cache: ResourceCache; versions: readonly Served[] } {
  const { spec } = definition
  const [first] = spec.versions
  if (!first) throw new Error(`${definition.metadata.name} has no versions`)
  const stored = spec.versions.find(({ storage }) => storage) ?? first
  const prefix = `${root}${spec.group}/${definition.status?.acceptedNames?.plural ?? spec.names.plural}/`
  const form = wireFormOf(kindOf(definition, stored), true)
  const cache = core.watchCache.add(prefix, () => new ResourceCache({ form, prefix, fieldsOf: () => [] }))
  const converter = converterOf(definition, webhooks)
  const readers = new Map(
    spec.versions.map((version) => [`${spec.group}/${version.name}`, readersOf(definition, version)]),
  )
  const of = (object: DeepReadonly<KubeObject>) => readers.get(object.apiVersion ?? '')
  const storageAPIVersion = apiVersionOf(kindOf(definition, stored))
  const versions = spec.versions.map((version) => {
    const rules = newObjectRules(definition, version)
    const declared = defineCustom(definition, version, rules)
    return serveCustom(infoOf(declared.kind, version), declared, cache, {
      converter,
      storageAPIVersion,
      fromStorage: (object) => of(object)?.fromStorage(object) ?? object,
      pruned: (object) => of(object)?.pruned(object) ?? object,
    })
  })
  return { cache, versions }
}

/** Objects of a resource with one version never need to be converted. */
function converterOf(definition: Definition, webhooks: ServingDeps['webhooks']): Converter {
  const { conversion, versions } = definition.spec
  const asks = conversion?.strategy === 'Webhook' && versions.length > 1
  return asks ? newConversionWebhook(definition, webhooks) : renameOnly
}

/** How objects of one version are read. */
function readersOf({ spec }: Definition, version: Version) {
  const schema = schemaOf(version)
  const preserve = spec.preserveUnknownFields === true
  const withDefaults = compileTidy(schema, { defaults: true, preserve })
  const without = compileTidy(schema, { defaults: false, preserve })
  const run = (tidy: typeof without, object: DeepReadonly<KubeObject>): KubeObject =>
    isMap(object) ? Object(tidy(object, false).object) : Object(object)
  return {
    fromStorage: (object: DeepReadonly<KubeObject>): DeepReadonly<KubeObject> => run(withDefaults, object),
    pruned: (object: KubeObject): KubeObject => run(without, object),
  }
}
