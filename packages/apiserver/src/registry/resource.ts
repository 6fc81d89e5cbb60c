import type { JSONSchemaProps, Kind, KubeObject, ResourceInfo } from '@wherry/api'
import type { ApplySchema, Decoded, DeepReadonly, FieldError } from '@wherry/apimachinery'
import type { Behaviours } from './behaviours.ts'

/** Who asks. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** Facts of one request that a strategy may look at. */
export interface RequestFacts {
  readonly user: UserInfo
  /** Milliseconds since the epoch, of the server's clock. */
  readonly now: number
  readonly dryRun: boolean
}

/** One column of a `Table`; priority 0 columns show always, others with `-o wide`. */
export interface Column<T> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly description?: string
  readonly priority?: number
  /** `now` is there for ages. */
  value(object: DeepReadonly<T>, now: number): string | number | boolean | null
}

/** How `/scale` reads and writes one kind. */
export interface ScaleStrategy<T> {
  replicas(object: DeepReadonly<T>): number | undefined
  statusReplicas(object: DeepReadonly<T>): number
  /** The selector in its text form. */
  selector(object: DeepReadonly<T>): string
  setReplicas(object: T, replicas: number): void
  /** Where the replicas are, for managedFields; absent: `spec.replicas`. */
  readonly replicasPath?: readonly string[]
}

export interface StatusStrategy<T> {
  /** The status that a new object gets, instead of what its creator sent; absent: none. */
  initial?(object: DeepReadonly<T>): unknown
  /** Creators may set the status too, as with nodes. */
  readonly keepOnCreate?: boolean
  prepareForUpdate?(object: T, old: DeepReadonly<T>, request: RequestFacts): void
  validateUpdate?(object: DeepReadonly<T>, old: DeepReadonly<T>): FieldError[]
}

/**
 * A part of the object that only a path of its own may change, such as `/approval` or `/ephemeralcontainers`: GET, PUT
 * and PATCH of the whole object there, with these rules in place of the kind's own. Server code reaches it with
 * `ResourceStore.update(…, { subresource })`; clients do where the generated table has the subresource's verbs.
 */
export interface SubresourceStrategy<T> {
  /** Puts back what this path may not change. */
  prepareForUpdate(object: T, old: DeepReadonly<T>, request: RequestFacts): void
  validateUpdate?(object: DeepReadonly<T>, old: DeepReadonly<T>): FieldError[]
  /** True: a changed spec does not move the generation here, as when a pod is bound to a node. */
  readonly keepsGeneration?: boolean
}

/** Another served form of objects that are stored as `kind`, such as autoscaling/v1's HorizontalPodAutoscaler. */
export interface StoredAs<T> {
  readonly kind: Kind
  toStored(object: T): KubeObject
  fromStored(object: DeepReadonly<KubeObject>): T
}

/** What a custom resource has in place of an entry in the field table. */
export interface CustomSchema {
  /**
   * Takes a JSON value as an object of the resource: prunes what its schema does not know, coerces metadata and sets
   * defaults. Throws a plain error in Go's words where the value is not such an object.
   */
  decode(value: unknown): Decoded<KubeObject>
  /** How server-side apply merges objects. */
  readonly applySchema: ApplySchema
  /** The version's schema as its definition has it; absent in definitions of old. */
  readonly openAPIV3Schema: DeepReadonly<JSONSchemaProps> | undefined
  /** Nothing is pruned: `spec.preserveUnknownFields` of definitions of old. */
  readonly preserveUnknownFields: boolean
  readonly listKind: string
  /** What discovery says of the resource: fewer verbs while its definition is being deleted. */
  readonly discovery: ResourceInfo
  /** The version in which objects are stored. */
  readonly storageVersion: string
  /** JSON paths of the selectable fields, such as `.spec.color`. */
  readonly selectableFields: readonly string[]
}

/** Reads a selectable field; declared as a method so that definitions of all kinds fit into one list. */
export type FieldReader<T> = { read(object: DeepReadonly<T>): string }['read']

/** Undoes what `begin` reserved, when the write did not happen after all. */
export type Rollback = () => Promise<void>

/**
 * Everything that the registry must know of one resource: the rest (routes, discovery, tables, selectors, status and
 * spec reset, generation, list, watch) is derived. A CustomResourceDefinition becomes the same value at run time.
 *
 * A write goes through: decode → setDefaults → mutating admission → prepare → begin → validate → validating admission
 * → storage. Only `setDefaults`, `prepare…` and `begin` change the object; only `begin` and `after…` do I/O.
 */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  readonly kind: Kind<T>
  /** Present for custom resources only: the field table does not know them, and they have no protobuf form. */
  readonly schema?: CustomSchema
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  /** Refusals of a name, in upstream's words; `prefix` is true for generateName. Default: a DNS-1123 subdomain. */
  validateName?(name: string, prefix: boolean): string[]
  /** Changes of spec (of all but metadata and status) bump `metadata.generation`. */
  readonly generation?: boolean
  /** PUT of an absent name creates it, as with leases. */
  readonly allowCreateOnUpdate?: boolean
  /** PUT without resourceVersion is refused when false. Default: true. */
  readonly allowUnconditionalUpdate?: boolean
  setDefaults?(object: T): void
  /** Sees the object's uid, creation time and final name. */
  prepareForCreate?(object: T, request: RequestFacts): void
  prepareForUpdate?(object: T, old: DeepReadonly<T>, request: RequestFacts): void
  /** `old` is there for updates: what was wrong already may stay wrong, where upstream lets it (ratcheting). */
  validate?(object: DeepReadonly<T>, old?: DeepReadonly<T>): FieldError[]
  validateUpdate?(object: DeepReadonly<T>, old: DeepReadonly<T>): FieldError[]
  warnings?(object: DeepReadonly<T>, old: DeepReadonly<T> | undefined): string[]
  /** Reserves what lies outside the object (addresses, ports). Runs again on each try of a conflicting update. */
  begin?(
    object: T,
    old: DeepReadonly<T> | undefined,
    behaviours: Behaviours,
    request: RequestFacts,
  ): Promise<Rollback | undefined>
  /** Gives back what the old object had reserved and the new one has not; after the write, never for a dry run. */
  afterUpdate?(object: DeepReadonly<T>, old: DeepReadonly<T>, behaviours: Behaviours): Promise<void>
  afterDelete?(object: DeepReadonly<T>, behaviours: Behaviours): Promise<void>
  /** By name, such as `approval`; `status` and `scale` have members of their own. */
  readonly subresources?: Readonly<Record<string, SubresourceStrategy<T>>>
  /**
   * Present: nothing is stored. The objects are made when a get or a list asks for them, they have no
   * resourceVersions, and no other verb exists.
   */
  computed?(behaviours: Behaviours): T[]
  /** What clients of this resource are warned of, such as `v1 Endpoints is deprecated in v1.33+; …`. */
  readonly deprecation?: string
  /**
   * Finalizers outside of metadata: like those, they make a delete wait, and the object goes with the write that takes
   * the last one away. As Namespace's spec.finalizers.
   */
  otherFinalizers?(object: DeepReadonly<T>): readonly string[]
  /** Changes an object that a delete has just marked with a deletionTimestamp, such as a namespace's phase. */
  markDeleted?(object: T): void
  /**
   * Present: requests for this resource read and write the objects of another one, in this form. Only `kind`,
   * `shortNames`, `categories`, `setDefaults`, `columns` and `selectableFields` count then; the rest is the other's.
   */
  readonly storedAs?: StoredAs<T>
  /** Present: `/status` exists, spec writes leave status alone and the other way round. */
  readonly status?: StatusStrategy<T>
  /** Present: `/scale` exists. */
  readonly scale?: ScaleStrategy<T>
  /**
   * Seconds that a delete waits for the object's owner to finish, 0 to delete at once; `requested` is what the client
   * sent. Absent: every delete is at once.
   */
  gracePeriod?(object: DeepReadonly<T>, requested: number | undefined): number
  /** Present: objects go by themselves this many milliseconds after their last write, as events do. */
  readonly timeToLive?: number
  /** What a delete answers with when the object is gone; default `Status`. */
  readonly deleteReturnsObject?: boolean
  /** All columns of a table, the name included. Absent: Name and Created At. */
  readonly columns?: readonly Column<T>[]
  /** Field selectors beyond metadata.name and metadata.namespace. */
  readonly selectableFields?: Readonly<Record<string, FieldReader<T>>>
}

/** Binds a declaration to its kind, so that the functions in it know their type. */
export function defineResource<T extends KubeObject>(
  kind: Kind<T>,
  rest: Omit<ResourceDefinition<NoInfer<T>>, 'kind'> = {},
): ResourceDefinition<T> {
  return { kind, ...rest }
}
