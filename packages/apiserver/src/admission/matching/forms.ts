import { apiVersionOf, type KubeObject, type ResourceInfo, type Scale } from '@wherry/api'
import { type DeepReadonly, decodeTyped, deepClone, parseGroupVersion } from '@wherry/apimachinery'
import type { Registry } from '../../registry/registry.ts'
import { scaleOf } from '../../registry/scale.ts'
import { type Served, typeOf } from '../../registry/served.ts'
import type { AdmissionAttributes } from '../admission.ts'

export interface FormKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

/** One version in which a webhook may see what is being written. */
export interface Form {
  readonly kind: FormKind
  readonly resource: Pick<ResourceInfo, 'group' | 'version' | 'resource'>
  /** The object in this version; the written one is left alone. */
  from(written: DeepReadonly<KubeObject>): Promise<KubeObject>
  /** Puts a changed object of this version, as it came from JSON, in place of what is being written. */
  into(written: KubeObject, changed: unknown): Promise<void>
}

/** The version of the request itself. */
export function requestForm({ served, subresource, resource, object, old }: AdmissionAttributes): Form {
  if (served && subresource === 'scale' && served.definition.scale) return scaleForm(served, served.definition.scale)
  if (served) return servedForm(served)
  const { kind = '', apiVersion = '' } = object ?? old ?? {}
  const type = { ...parseGroupVersion(apiVersion), kind }
  return {
    kind: type,
    resource,
    from: async (written) => deepClone(written),
    into: async (to, from) => replace(to, from),
  }
}

/** Other versions of the resource that are served, which `matchPolicy: Equivalent` looks at, too. */
export function equivalentForms(registry: Registry, { served, subresource }: AdmissionAttributes): Form[] {
  if (!served || subresource === 'scale') return []
  return registry.all.filter((other) => other.cache === served.cache && other !== served).map(servedForm)
}

function servedForm(served: Served): Form {
  const { definition, stored } = served
  const { group, version, kind } = definition.kind
  return {
    kind: { group, version, kind },
    resource: definition.kind,
    async from(written) {
      if (definition.schema) return inVersion(served, deepClone(written), apiVersionOf(definition.kind))
      if (!definition.storedAs) return deepClone(written)
      return { ...definition.storedAs.fromStored(written), ...typeOf(definition) }
    },
    async into(written, changed) {
      const object: KubeObject = Object(decode(served, changed))
      definition.setDefaults?.(object)
      if (definition.schema) return replace(written, await inVersion(served, object, written.apiVersion ?? ''))
      if (!definition.storedAs) return replace(written, object)
      const back = { ...definition.storedAs.toStored(object), ...typeOf(stored) }
      stored.setDefaults?.(back)
      replace(written, back)
    },
  }
}

/** A custom object in another version of its resource. */
async function inVersion({ convert }: Served, object: KubeObject, apiVersion: string): Promise<KubeObject> {
  if (object.apiVersion === apiVersion) return object
  return convert ? convert(object, apiVersion) : { ...object, apiVersion }
}

function scaleForm(served: Served, strategy: NonNullable<Served['definition']['scale']>): Form {
  return {
    kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    resource: served.definition.kind,
    from: async (written) => scaleOf(written, strategy),
    async into(written, changed) {
      const scale: Scale = Object(decodeTyped('api.autoscaling.v1.Scale', changed).object)
      strategy.setReplicas(written, scale.spec?.replicas ?? 0)
    },
  }
}

function decode({ definition }: Served, value: unknown): object {
  if (definition.schema) return definition.schema.decode(value).object
  return decodeTyped(definition.kind.typeName, value).object
}

/** Whoever holds the object that is being written sees what it has become. */
function replace(target: KubeObject, source: unknown): void {
  const held: Record<string, unknown> = Object(target)
  for (const key of Object.keys(held)) delete held[key]
  Object.assign(target, source)
}
