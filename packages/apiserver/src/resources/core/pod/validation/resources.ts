import type { ResourceRequirements } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotFound,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
} from '@wherry/apimachinery'
import { podRequests, type Resources } from '@wherry/component-helpers'
import { refusals } from '../../../fields.ts'
import { tryParse } from '../../../quantities.ts'
import {
  amountsOf,
  canOvercommit,
  isHugePages,
  validateContainerResourceName,
  validateHugePages,
  validateResourceName,
  validateResourceQuantity,
} from '../../resource-names.ts'
import { type ContainerContext, containersOf, type PodContext, ratchet, type Spec } from './context.ts'

type Requirements = DeepReadonly<ResourceRequirements>
type ValidateName = (name: string, field: string) => FieldError[]

/** As `ValidateContainerResourceRequirements`. */
export function validateContainerResources(
  resources: Requirements | undefined,
  { spec, old }: ContainerContext,
  field: string,
): FieldError[] {
  if (!resources) return []
  return [
    ...validateAmounts(resources, validateContainerResourceName, old, field),
    ...validateClaims(resources.claims ?? [], spec, `${field}.claims`),
  ]
}

/** As `validateOverhead`: upstream checks it as if it were limits. */
export function validateOverhead({ overhead: limits }: Spec, { old }: PodContext, field: string): FieldError[] {
  return limits ? validateAmounts({ limits }, validateContainerResourceName, old, field) : []
}

/** Requests and limits of the pod itself (KEP-2837). As `validatePodResources`. */
export function validatePodResources(spec: Spec, { old }: PodContext, field: string): FieldError[] {
  const own = spec.resources
  if (!own) return []
  const errors: FieldError[] = []
  if (own.claims) errors.push(fieldForbidden(`${field}.claims`, 'claims cannot be set for Resources at pod-level'))
  errors.push(...validateAmounts(own, validatePodResourceName, old, field))
  const requests = amountsOf(own.requests)
  for (const [name, sum] of Object.entries(sumOfContainers(spec))) {
    if (!isPodLevel(name)) continue
    const asked = requests.get(name)
    if (asked ? sum.cmp(asked) <= 0 : sum.isZero()) continue
    const detail = `must be greater than or equal to aggregate container requests of ${sum}`
    errors.push(fieldInvalid(`${field}.requests[${name}]`, (asked ?? 0).toString(), detail))
  }
  const limits = amountsOf(own.limits)
  for (const [i, container] of (spec.containers ?? []).entries()) {
    for (const [name, amount] of amountsOf(container.resources?.limits)) {
      const limit = limits.get(name)
      if (!limit || amount.cmp(limit) <= 0) continue
      const detail = `must be less than or equal to pod limits of ${limit}`
      errors.push(fieldInvalid(`${field}.containers[${i}][${name}].limits`, amount.toString(), detail))
    }
  }
  return errors
}

const podLevel = ['cpu', 'memory']
const isPodLevel = (name: string): boolean => podLevel.includes(name) || isHugePages(name)

function validatePodResourceName(name: string, field: string): FieldError[] {
  const errors = validateResourceName(name, field)
  return errors.length > 0 || isPodLevel(name) ? errors : [fieldNotSupported(field, name, podLevel)]
}

/** Nothing where a quantity does not parse: it is refused where it stands. */
function sumOfContainers(spec: Spec): Resources {
  const { resources: _, ...rest } = spec
  try {
    return podRequests({ metadata: {}, spec: rest }, { excludeOverhead: true })
  } catch {
    return {}
  }
}

/** As `validateResourceRequirements`. */
function validateAmounts(
  { limits = {}, requests = {} }: Requirements,
  validateName: ValidateName,
  old: Spec | undefined,
  field: string,
): FieldError[] {
  const errors: FieldError[] = []
  const names = [...Object.keys(limits), ...Object.keys(requests)]
  const check = (name: string, text: string, at: string) => {
    errors.push(...validateName(name, at), ...validateResourceQuantity(name, text, at))
  }
  const checkPages = (name: string, text: string, at: string) => {
    errors.push(...ratchet(validateHugePages(name, text, at), () => pagesOf(old)))
  }
  for (const [name, text] of Object.entries(limits)) {
    check(name, text, `${field}.limits[${name}]`)
    checkPages(name, text, `${field}.limits[${name}]`)
  }
  for (const [name, text] of Object.entries(requests)) {
    check(name, text, `${field}.requests[${name}]`)
    errors.push(...validateRequest(name, text, limits, field))
    checkPages(name, text, `${field}.requests[${name}]`)
  }
  if (names.some(isHugePages) && !names.some((name) => name === 'cpu' || name === 'memory')) {
    errors.push(fieldForbidden(field, 'HugePages require cpu or memory'))
  }
  return errors
}

function pagesOf(spec: Spec | undefined): FieldError[] {
  return spec === undefined
    ? []
    : containersOf(spec, '').flatMap(([{ resources }]) =>
        [...Object.entries(resources?.limits ?? {}), ...Object.entries(resources?.requests ?? {})].flatMap(
          ([name, text]) => validateHugePages(name, text, ''),
        ),
      )
}

/** What is asked for lies within the limit, and is the limit where a node gives out no more than it has. */
function validateRequest(
  name: string,
  text: string,
  limits: Readonly<Record<string, string>>,
  field: string,
): FieldError[] {
  const amount = tryParse(text)
  const limitText = limits[name]
  if (limitText === undefined) {
    if (canOvercommit(name)) return []
    return [fieldRequired(`${field}.limits`, 'Limit must be set for non overcommitable resources')]
  }
  const limit = tryParse(limitText)
  if (!amount || !limit) return []
  const order = amount.cmp(limit)
  if (order !== 0 && !canOvercommit(name)) {
    return [fieldInvalid(`${field}.requests`, amount.toString(), `must be equal to ${name} limit of ${limit}`)]
  }
  if (order <= 0) return []
  const detail = `must be less than or equal to ${name} limit of ${limit}`
  return [fieldInvalid(`${field}.requests`, amount.toString(), detail)]
}

/** As `validateResourceClaimNames`. */
function validateClaims(
  claims: readonly { readonly name: string; readonly request?: string }[],
  { resourceClaims = [] }: Spec,
  field: string,
): FieldError[] {
  const known = resourceClaims.flatMap(({ name }) => name || [])
  const seen = new Set<string>()
  return claims.flatMap(({ name = '', request = '' }, i) => {
    const at = `${field}[${i}]`
    if (name === '') return [fieldRequired(at)]
    const errors: FieldError[] = []
    if (seen.has(name)) errors.push(fieldDuplicate(at, name))
    else {
      const key = request === '' ? name : `${name}/${request}`
      if (request !== '') errors.push(...refusals(`${at}.request`, request, isDNS1123Label(request)))
      if (seen.has(key)) errors.push(fieldDuplicate(at, key))
      // The whole claim, of which a part has been named before.
      else if (request === '') {
        for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(fieldDuplicate(at, name))
      }
      seen.add(key)
    }
    if (known.includes(name)) return errors
    const names = known.length === 0 ? ' which is empty' : `: ${[...new Set(known)].sort().join(', ')}`
    const detail = `must be one of the names in pod.spec.resourceClaims${names}`
    return [...errors, { ...fieldNotFound(at, name), detail }]
  })
}
