import {
  badRequest,
  type FieldError,
  type FieldMatcher,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  goQuote,
  invalid,
  type LabelMatcher,
  parseFieldSelector,
  parseLabelSelector,
  validateFieldManager,
} from '@wherry/apimachinery'
import type { DeleteRequest } from '../registry/deletion.ts'

/** How unknown and duplicate fields of a body are treated. */
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface WriteQuery {
  readonly dryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  readonly force: boolean | undefined
}

export interface ListQuery {
  readonly labels: LabelMatcher
  readonly fields: FieldMatcher
  readonly watch: boolean
  readonly allowWatchBookmarks: boolean
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly timeoutSeconds: number | undefined
  readonly limit: number
  readonly continue: string
  readonly sendInitialEvents: boolean | undefined
}

const metaGroup = 'meta.k8s.io'

/** Parameters of a create, update or patch; refusals are upstream's: apis/meta/v1/validation. */
export function writeQuery(
  query: URLSearchParams,
  options: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
  apply = false,
): WriteQuery {
  const dryRun = query.getAll('dryRun')
  const fieldManager = query.get('fieldManager') ?? ''
  const fieldValidation = query.get('fieldValidation') ?? ''
  const force = boolean(query, 'force')
  const errors: FieldError[] = []
  if (options === 'PatchOptions' && apply && fieldManager === '') {
    errors.push(fieldRequired('fieldManager', 'is required for apply patch'))
  }
  if (options === 'PatchOptions' && !apply && force !== undefined) {
    errors.push(fieldForbidden('force', 'may not be specified for non-apply patch'))
  }
  errors.push(...validateFieldManager(fieldManager, 'fieldManager'), ...dryRunErrors(dryRun))
  if (!isFieldValidation(fieldValidation)) {
    errors.push(fieldNotSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']))
  }
  if (errors.length > 0) throw invalid({ group: metaGroup, kind: options }, '', errors)
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: isFieldValidation(fieldValidation) && fieldValidation !== '' ? fieldValidation : 'Warn',
    force,
  }
}

/**
 * Parameters of a list, watch or deletecollection. Those that do not parse are 400, and those that do not go together
 * 422, as apis/meta/internalversion/validation has it. `watch` is what the parameter says: a path such as
 * `/api/v1/watch/pods` makes a watch of what is otherwise a list.
 */
export function listQuery(query: URLSearchParams, watch: boolean): ListQuery {
  const list: ListQuery = {
    watch,
    allowWatchBookmarks: boolean(query, 'allowWatchBookmarks') ?? false,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds: integer(query, 'timeoutSeconds'),
    limit: integer(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    sendInitialEvents: boolean(query, 'sendInitialEvents'),
    labels: parsing(() => parseLabelSelector(query.get('labelSelector') ?? '')),
    fields: parsing(() => parseFieldSelector(query.get('fieldSelector') ?? '')),
  }
  // A watch from no version, or from 0, begins with what is there.
  const legacy = list.resourceVersion === '' || list.resourceVersion === '0'
  const implied = watch && legacy && list.sendInitialEvents === undefined && list.resourceVersionMatch === ''
  const options = implied ? { ...list, sendInitialEvents: true, resourceVersionMatch: notOlderThan } : list
  const errors = watch ? watchErrors(options) : listErrors(options)
  if (errors.length > 0) throw invalid({ group: metaGroup, kind: 'ListOptions' }, '', errors)
  return options
}

function parsing<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw badRequest(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

export const notOlderThan = 'NotOlderThan'
export const exact = 'Exact'

function listErrors({ resourceVersionMatch: match, resourceVersion, ...list }: ListQuery): FieldError[] {
  const errors: FieldError[] = []
  const forbid = (detail: string) => errors.push(fieldForbidden('resourceVersionMatch', detail))
  if (match !== '') {
    if (resourceVersion === '') forbid('resourceVersionMatch is forbidden unless resourceVersion is provided')
    if (list.continue !== '') forbid('resourceVersionMatch is forbidden when continue is provided')
    if (match !== exact && match !== notOlderThan) {
      errors.push(fieldNotSupported('resourceVersionMatch', match, [exact, notOlderThan, '']))
    }
    if (match === exact && resourceVersion === '0') {
      forbid('resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    }
  }
  if (list.sendInitialEvents !== undefined) {
    errors.push(fieldForbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  return errors
}

function watchErrors({ resourceVersionMatch: match, sendInitialEvents, ...list }: ListQuery): FieldError[] {
  const errors: FieldError[] = []
  const forbid = (detail: string) => errors.push(fieldForbidden('resourceVersionMatch', detail))
  if (sendInitialEvents !== undefined && match !== notOlderThan) {
    forbid(`sendInitialEvents requires setting resourceVersionMatch to ${notOlderThan}`)
  }
  if (match !== '') {
    if (sendInitialEvents === undefined) {
      forbid('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')
    }
    if (match !== notOlderThan) errors.push(fieldNotSupported('resourceVersionMatch', match, [notOlderThan]))
    if (list.continue !== '') forbid('resourceVersionMatch is forbidden when continue is provided')
  }
  return errors
}

/** Options of a delete that has no body. */
export function deleteQuery(query: URLSearchParams): Record<string, unknown> {
  const grace = integer(query, 'gracePeriodSeconds')
  const orphanDependents = boolean(query, 'orphanDependents')
  const propagationPolicy = query.get('propagationPolicy')
  const dryRun = query.getAll('dryRun')
  const preconditions = Object.fromEntries(
    ['uid', 'resourceVersion'].flatMap((name) => {
      const value = query.get(name)
      return value ? [[name, value]] : []
    }),
  )
  return {
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy === null ? {} : { propagationPolicy }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  }
}

/** Checks decoded `DeleteOptions`. */
export function checkDeleteOptions(options: {
  orphanDependents?: boolean
  propagationPolicy?: string
  gracePeriodSeconds?: number
  preconditions?: { uid?: string; resourceVersion?: string }
  dryRun?: string[]
}): DeleteRequest {
  const { dryRun = [], propagationPolicy: policy, orphanDependents } = options
  const errors: FieldError[] = []
  if (orphanDependents !== undefined && policy !== undefined) {
    const detail = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(fieldInvalid('propagationPolicy', policy, detail))
  }
  const policies = ['Foreground', 'Background', 'Orphan']
  if (policy !== undefined && !policies.includes(policy)) {
    errors.push(fieldNotSupported('propagationPolicy', policy, [...policies, 'nil']))
  }
  errors.push(...dryRunErrors(dryRun))
  if (errors.length > 0) throw invalid({ group: metaGroup, kind: 'DeleteOptions' }, '', errors)
  return { ...options, dryRun: dryRun.length > 0 }
}

/** As Go's conversion of parameters: only the absence, `0` and `false` are false. */
function boolean(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  return value !== '0' && value.toLowerCase() !== 'false'
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  const quoted = goQuote(value)
  if (!/^[+-]?\d+$/.test(value)) throw badRequest(`strconv.ParseInt: parsing ${quoted}: invalid syntax`)
  if (BigInt.asIntN(64, BigInt(value)) === BigInt(value)) return Number(value)
  throw badRequest(`strconv.ParseInt: parsing ${quoted}: value out of range`)
}

function dryRunErrors(dryRun: readonly string[]): FieldError[] {
  return dryRun.every((value) => value === 'All') ? [] : [fieldNotSupported('dryRun', dryRun, ['All'])]
}

function isFieldValidation(value: string): value is FieldValidation | '' {
  return value === '' || value === 'Strict' || value === 'Warn' || value === 'Ignore'
}
