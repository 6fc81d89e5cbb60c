import type { Container, ContainerPort, EphemeralContainer, PodSpec } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldDuplicate,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isDNS1123Label,
  isPortName,
  isPortNum,
} from '@wherry/apimachinery'
import { isRestartableInitContainer } from '@wherry/component-helpers'
import { refusals } from '../../../fields.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe, validateStartupProbe } from './handlers.ts'
import { validateVolumeDevices, validateVolumeMounts } from './mounts.ts'
import { validateResources } from './resources.ts'
import { validateSecurityContext } from './security.ts'

type Spec = DeepReadonly<PodSpec>
type AnyContainer = DeepReadonly<Container> | DeepReadonly<EphemeralContainer>

const protocols = ['SCTP', 'TCP', 'UDP']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']
const messagePolicies = ['File', 'FallbackToLogsOnError']
const defaultGrace = 30

/** As `validateContainers`. */
export function validateContainers(spec: Spec, field: string): FieldError[] {
  const containers = spec.containers ?? []
  if (containers.length === 0) return [fieldRequired(field)]
  const errors: FieldError[] = []
  const names = new Set<string>()
  const grace = spec.terminationGracePeriodSeconds ?? defaultGrace
  for (const [i, container] of containers.entries()) {
    const at = `${field}[${i}]`
    errors.push(...validateCommon(container, spec, at), ...validateName(container.name, names, at))
    errors.push(...validateRunning(container, grace, at))
    const policy = container.restartPolicy
    if (policy !== undefined && !['Always', 'OnFailure', 'Never'].includes(policy)) {
      errors.push(fieldNotSupported(`${at}.restartPolicy`, policy, ['Always', 'OnFailure', 'Never']))
    }
    if (container.restartPolicyRules?.length && policy === undefined) {
      const detail = 'must specify restartPolicy when restart rules are used'
      errors.push(fieldRequired(`${at}.restartPolicy`, detail))
    }
  }
  return [...errors, ...validateHostPorts(containers, field)]
}

/** As `validateInitContainers`: sidecars may have what containers have, others run once. */
export function validateInitContainers(spec: Spec, field: string): FieldError[] {
  const containers = spec.initContainers ?? []
  const errors: FieldError[] = []
  const names = new Set((spec.containers ?? []).map(({ name }) => name))
  const grace = spec.terminationGracePeriodSeconds ?? defaultGrace
  for (const [i, container] of containers.entries()) {
    const at = `${field}[${i}]`
    errors.push(...validateCommon(container, spec, at), ...validateName(container.name, names, at))
    const policy = container.restartPolicy
    const rules = (container.restartPolicyRules?.length ?? 0) > 0
    if (policy !== undefined && policy !== 'Always' && !rules && policy !== 'OnFailure' && policy !== 'Never') {
      errors.push(fieldNotSupported(`${at}.restartPolicy`, policy, ['Always', 'OnFailure', 'Never']))
    }
    if (isRestartableInitContainer(container)) errors.push(...validateRunning(container, grace, at))
    else {
      const detail = 'may not be set for init containers without restartPolicy=Always'
      for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
        if (container[name]) errors.push(fieldForbidden(`${at}.${name}`, detail))
      }
      if (container.resizePolicy?.length) {
        errors.push(fieldInvalid(`${at}.resizePolicy`, container.resizePolicy, 'must not be set for init containers'))
      }
    }
    // Init containers run one by one, so only the ports of one of them can clash.
    errors.push(...validateHostPorts([container], field))
  }
  return errors
}

/** As `validateContainerCommon`: what holds for containers of every sort. */
export function validateCommon(container: AnyContainer, spec: Spec, field: string): FieldError[] {
  const errors: FieldError[] = []
  if (!container.name) errors.push(fieldRequired(`${field}.name`))
  else errors.push(...refusals(`${field}.name`, container.name, isDNS1123Label(container.name)))
  if (!container.image) errors.push(fieldRequired(`${field}.image`))
  const message = container.terminationMessagePolicy
  if (!message) errors.push(fieldRequired(`${field}.terminationMessagePolicy`))
  else if (!messagePolicies.includes(message)) {
    errors.push(fieldNotSupported(`${field}.terminationMessagePolicy`, message, messagePolicies))
  }
  const pull = container.imagePullPolicy
  if (!pull) errors.push(fieldRequired(`${field}.imagePullPolicy`))
  else if (!pullPolicies.includes(pull)) {
    errors.push(fieldNotSupported(`${field}.imagePullPolicy`, pull, pullPolicies))
  }
  return [
    ...errors,
    ...validatePorts(container.ports ?? [], `${field}.ports`),
    ...validateEnv(container.env ?? [], `${field}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${field}.envFrom`),
    ...validateVolumeMounts(container, spec, `${field}.volumeMounts`),
    ...validateVolumeDevices(container, spec, `${field}.volumeDevices`),
    ...validateResources(container.resources, spec, `${field}.resources`),
    ...validateSecurityContext(container.securityContext, `${field}.securityContext`),
  ]
}

function validateName(name: string | undefined, names: Set<string>, field: string): FieldError[] {
  if (!name) return []
  if (names.has(name)) return [fieldDuplicate(`${field}.name`, name)]
  names.add(name)
  return []
}

/** Hooks and probes of a container that keeps running. */
function validateRunning(container: DeepReadonly<Container>, grace: number, field: string): FieldError[] {
  return [
    ...validateLifecycle(container.lifecycle, grace, `${field}.lifecycle`),
    ...validateLivenessProbe(container.livenessProbe, grace, `${field}.livenessProbe`),
    ...validateReadinessProbe(container.readinessProbe, grace, `${field}.readinessProbe`),
    ...validateStartupProbe(container.startupProbe, grace, `${field}.startupProbe`),
  ]
}

function validatePorts(ports: DeepReadonly<ContainerPort[]>, field: string): FieldError[] {
  const names = new Set<string>()
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, i) => {
    const at = `${field}[${i}]`
    const errors: FieldError[] = []
    if (name) {
      const refused = refusals(`${at}.name`, name, isPortName(name))
      if (refused.length > 0) errors.push(...refused)
      else if (names.has(name)) errors.push(fieldDuplicate(`${at}.name`, name))
      else names.add(name)
    }
    if (!containerPort) errors.push(fieldRequired(`${at}.containerPort`))
    else errors.push(...refusals(`${at}.containerPort`, containerPort, isPortNum(containerPort)))
    if (hostPort) errors.push(...refusals(`${at}.hostPort`, hostPort, isPortNum(hostPort)))
    if (!protocol) errors.push(fieldRequired(`${at}.protocol`))
    else if (!protocols.includes(protocol)) errors.push(fieldNotSupported(`${at}.protocol`, protocol, protocols))
    return errors
  })
}

function validateHostPorts(containers: DeepReadonly<Container[]>, field: string): FieldError[] {
  const used = new Set<string>()
  return containers.flatMap(({ ports = [] }, i) =>
    ports.flatMap(({ hostPort, hostIP = '', protocol = '' }, j) => {
      if (!hostPort) return []
      const text = `${protocol}/${hostIP}/${hostPort}`
      if (used.has(text)) return [fieldDuplicate(`${field}[${i}].ports[${j}].hostPort`, text)]
      used.add(text)
      return []
    }),
  )
}
