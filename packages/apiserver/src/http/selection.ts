import { badRequest, type FieldMatcher, type LabelMatcher } from '@wherry/apimachinery'
import { apiVersionOf } from '@wherry/api'
import type { Served } from '../registry/served.ts'
import type { CachedObject } from '../watch-cache/cached-object.ts'
import type { Selection } from '../watch-cache/watcher.ts'
import type { Trigger } from '../watch-cache/watcher-set.ts'
import type { ListQuery } from './query.ts'
import type { RequestInfo } from './request-info.ts'

/** What a list, watch or deletecollection asks for, in terms of the cache. */
export interface Selected extends Selection {
  /** Whether selectors leave objects out, beyond namespace and name. */
  readonly filtered: boolean
}

/** Throws 400 for selectors that name fields which cannot be selected by. */
export function selectionOf(
  served: Served,
  info: Pick<RequestInfo, 'namespace' | 'name'>,
  { labels, fields }: Pick<ListQuery, 'labels' | 'fields'>,
): Selected {
  for (const { field } of fields.requirements) checkField(served, field)
  const namespace =
    info.namespace === '' && served.info.namespaced ? (fields.exact('metadata.namespace') ?? '') : info.namespace
  const named = fields.exact('metadata.name') ?? ''
  if (info.name !== '' && !fields.empty && named !== info.name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name")
  }
  const filtered = !labels.empty || !fields.empty
  const name = info.name === '' ? named : info.name
  return {
    namespace: served.info.namespaced ? namespace : '',
    name,
    trigger: triggerOf(served, name, fields),
    matches: filtered ? matching(served, labels, fields) : undefined,
    filtered,
  }
}

/** The one value that decides: a name, or else a field that must have a certain value, as a pod's node. */
function triggerOf(served: Served, name: string, fields: FieldMatcher): Trigger | undefined {
  if (name !== '') return { id: 'metadata.name', value: name, of: (object) => object.name }
  const term = fields.requirements.find(({ field, operator }) => operator === '=' && !field.startsWith('metadata.'))
  if (!term || served.definition.storedAs) return undefined
  const { field, value } = term
  return { id: field, value, of: (object) => served.fieldOf(object, field) ?? '' }
}

function matching(served: Served, labels: LabelMatcher, fields: FieldMatcher) {
  return (object: CachedObject): boolean => {
    if (!labels.empty && !labels.matches(object.labels)) return false
    return fields.empty || fields.matches((field) => served.fieldOf(object, field))
  }
}

/** As upstream: `ConvertFieldLabel` of a kind that has selectable fields, or the default one. */
function checkField(served: Served, field: string): void {
  const { selectableFields, schema, kind } = served.definition
  const special = selectableFields !== undefined || schema !== undefined
  const selectable = served.isSelectable(field)
  // Kinds that list their fields list the namespace only where objects have one.
  if (special && selectable && (kind.namespaced || field !== 'metadata.namespace')) return
  if (!special && selectable) return
  if (!special) {
    throw badRequest(
      `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    )
  }
  const where = kind.kind === 'ResourceSlice' ? ` for ${apiVersionOf(kind)}, Kind=${kind.kind}` : ''
  throw badRequest(`field label not supported${where}: ${field}`)
}
