import type { ContainerStatus, Pod, PodSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  isDNS1123Subdomain,
  isGroupID,
  isQualifiedName,
  isUserID,
  isValidIPForLegacyField,
} from '@wherry/apimachinery'
import { isRestartableInitContainer } from '@wherry/component-helpers'
import { immutable, refusals } from '../../../fields.ts'
import { validateAnnotationUpdates } from './annotations.ts'
import { type AnyContainer, containersOf } from './context.ts'

type Value = DeepReadonly<Pod>
type Statuses = DeepReadonly<ContainerStatus[]>

const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const
const systemConditions = ['PodScheduled', 'Ready', 'Initialized']

/** As `ValidatePodStatusUpdate`. */
export function validatePodStatusUpdate({ status = {}, spec, metadata }: Value, before: Value): FieldError[] {
  const { status: old = {} } = before
  const errors = validateAnnotationUpdates(metadata.annotations, before.metadata.annotations, 'metadata.annotations')
  // Upstream's path, indeed.
  for (const [i, { type = '' }] of (status.conditions ?? []).entries()) {
    if (systemConditions.includes(type)) continue
    errors.push(...refusals(`metadata.conditions[${i}].Type`, type, isQualifiedName(type)))
  }
  const nominated = status.nominatedNodeName
  if (nominated && nominated !== old.nominatedNodeName) {
    errors.push(...refusals('status.nominatedNodeName', nominated, isDNS1123Subdomain(nominated)))
  }
  if (old.qosClass) errors.push(...immutable('status.qosClass', status.qosClass, old.qosClass))
  for (const name of lists) {
    errors.push(...validateTransitions(status[name] ?? [], old[name] ?? [], before.spec, name))
  }
  return [
    ...errors,
    ...validateClaimStatuses({ status, ...(spec ? { spec } : {}) }),
    ...validateAddresses(status.podIPs ?? [], 'status.podIPs'),
    ...validateHostIPs(status),
    ...lists.flatMap((name) => validateUsers(status[name] ?? [], spec?.os?.name, `status.${name}`)),
    ...validateAllocated(status.containerStatuses ?? [], spec?.containers ?? [], 'status.containerStatuses'),
    ...validateAllocated(
      status.initContainerStatuses ?? [],
      spec?.initContainers ?? [],
      'status.initContainerStatuses',
    ),
    ...(status.ephemeralContainerStatuses ?? []).flatMap(({ allocatedResourcesStatus = [] }, i) => {
      const field = `status.ephemeralContainerStatuses[${i}].allocatedResourcesStatus`
      return allocatedResourcesStatus.length === 0
        ? []
        : [fieldForbidden(field, 'must not be specified in container status')]
    }),
  ]
}

/** What has ended stays ended, unless its restart policy says otherwise. As `ValidateContainerStateTransition`. */
function validateTransitions(
  statuses: Statuses,
  old: Statuses,
  spec: DeepReadonly<PodSpec> | undefined,
  list: (typeof lists)[number],
): FieldError[] {
  const ephemeral = list === 'ephemeralContainerStatuses'
  const policy = ephemeral ? 'Never' : spec?.restartPolicy
  if (policy === 'Always') return []
  const containers = new Map(spec ? containersOf(spec, '').map(([container]) => [container.name, container]) : [])
  return old.flatMap(({ name, state }, i) => {
    const ended = state?.terminated
    if (!ended || (policy === 'OnFailure' && ended.exitCode !== 0)) return []
    const container = containers.get(name)
    if (!ephemeral && container && restartsItself(container)) return []
    if (!statuses.some((now) => now.name === name && !now.state?.terminated)) return []
    return [fieldForbidden(`status.${list}[${i}].state`, 'may not be transitioned to non-terminated state')]
  })
}

/** These say for themselves when they are started again. */
function restartsItself(container: AnyContainer): boolean {
  if (isRestartableInitContainer(container)) return true
  return Boolean(container.restartPolicy) || (container.restartPolicyRules ?? []).length > 0
}

function validateClaimStatuses({ status, spec }: Pick<Value, 'status' | 'spec'>): FieldError[] {
  const claims = new Set((spec?.resourceClaims ?? []).map(({ name }) => name))
  const seen = new Set<string>()
  return (status?.resourceClaimStatuses ?? []).flatMap(({ name, resourceClaimName: claim }, i) => {
    const field = `status.resourceClaimStatuses[${i}].name`
    const errors: FieldError[] = []
    if (!claims.has(name)) {
      errors.push(fieldInvalid(field, name, 'must match the name of an entry in `spec.resourceClaims`'))
    }
    if (seen.has(name)) errors.push(fieldDuplicate(field, name))
    seen.add(name)
    return claim === undefined ? errors : [...errors, ...refusals(field, claim, isDNS1123Subdomain(claim))]
  })
}

interface Address {
  readonly ip?: string
}

/** At most one of each family. */
function validateAddresses(addresses: readonly Address[], field: string): FieldError[] {
  const errors = addresses.flatMap(({ ip = '' }, i) => refusals(`${field}[${i}]`, ip, isValidIPForLegacyField(ip)))
  if (addresses.length < 2) return errors
  const families = new Set(addresses.map(({ ip = '' }) => ip.includes(':')))
  if (families.size < 2 || addresses.length > 2) {
    const shown = addresses.map(({ ip = '' }) => ({ IP: ip }))
    errors.push(fieldInvalid(field, shown, 'may specify no more than one IP for each IP family'))
  }
  const seen = new Set<string>()
  for (const [i, { ip = '' }] of addresses.entries()) {
    if (seen.has(ip)) errors.push(fieldDuplicate(`${field}[${i}]`, { IP: ip }))
    seen.add(ip)
  }
  return errors
}

function validateHostIPs({ hostIP = '', hostIPs = [] }: NonNullable<Value['status']>): FieldError[] {
  const first = hostIPs[0]?.ip ?? ''
  if (hostIPs.length === 0) return []
  const errors = validateAddresses(hostIPs, 'status.hostIPs')
  return hostIP === first
    ? errors
    : [fieldInvalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`'), ...errors]
}

function validateUsers(statuses: Statuses, os: string | undefined, field: string): FieldError[] {
  return statuses.flatMap(({ user }, i) => {
    const linux = user?.linux
    const at = `${field}[${i}].linux`
    if (!linux) return []
    if (os === 'windows') return [fieldForbidden(at, 'cannot be set for a windows pod')]
    return [
      ...refusals(`${at}.uid`, linux.uid, isUserID(linux.uid)),
      ...refusals(`${at}.gid`, linux.gid, isGroupID(linux.gid)),
      ...(linux.supplementalGroups ?? []).flatMap((id, j) =>
        refusals(`${at}.supplementalGroups[${j}]`, id, isGroupID(id)),
      ),
    ]
  })
}

const healths = ['Healthy', 'Unhealthy', 'Unknown']

/** As `validateContainerStatusAllocatedResourcesStatus`. */
function validateAllocated(statuses: Statuses, containers: readonly AnyContainer[], field: string): FieldError[] {
  return statuses.flatMap(({ name: container, allocatedResourcesStatus = [] }, i) =>
    allocatedResourcesStatus.flatMap(({ name, resources = [] }, j) => {
      const at = `${field}[${i}].allocatedResourcesStatus[${j}]`
      const owner = containers.find((candidate) => candidate.name === container)
      const errors = owner ? validateOwned(name, owner, `${at}.name`) : []
      const ids = new Set<string>()
      for (const [k, { resourceID, health = '' }] of resources.entries()) {
        if (!healths.includes(health)) {
          errors.push(fieldNotSupported(`${at}.resources[${k}].health`, health, healths))
        }
        if (ids.has(resourceID)) errors.push(fieldDuplicate(`${at}.resources[${k}].resourceID`, resourceID))
        ids.add(resourceID)
      }
      return errors
    }),
  )
}

function validateOwned(name: string, { resources }: AnyContainer, field: string): FieldError[] {
  if (!name.startsWith('claim:')) {
    if (Object.hasOwn(resources?.requests ?? {}, name)) return []
    return [fieldInvalid(field, name, "must match one of the container's resource requests")]
  }
  const claims = (resources?.claims ?? []).map(
    (claim) => `claim:${claim.name}${claim.request ? `/${claim.request}` : ''}`,
  )
  if (claims.includes(name)) return []
  const detail =
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
  return [fieldInvalid(field, name, detail)]
}
