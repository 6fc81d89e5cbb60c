import type { Container, ContainerPort, ContainerResizePolicy } from '@wherry/api'
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
import type { AnyContainer, ContainerContext } from './context.ts'
import { validateEnv, validateEnvFrom } from './env.ts'
import { validateLifecycle, validateLivenessProbe, validateReadinessProbe, validateStartupProbe } from './handlers.ts'
import { validateVolumeDevices, validateVolumeMounts } from './mounts.ts'
import { validateContainerResources } from './resources.ts'
import { validateRestartRules } from './restart-rules.ts'
import { validateSecurityContext } from './security.ts'

const protocols = ['SCTP', 'TCP', 'UDP']
const pullPolicies = ['Always', 'IfNotPresent', 'Never']
const messagePolicies = ['File', 'FallbackToLogsOnError']

/** As `validateContainers`. */
export function validateContainers(context: ContainerContext, field: string): FieldError[] {
  const { containers = [], terminationGracePeriodSeconds: grace } = context.spec
  if (containers.length === 0) return [fieldRequired(field)]
  const errors: FieldError[] = []
  const names = new Set<string>()
  for (const [i, container] of containers.entries()) {
    const at = `${field}[${i}]`
    errors.push(...validateCommon(container, context, at), ...validateName(container.name, names, at))
    errors.push(...validateRunning(container, grace, at), ...validateRestartRules(container, at))
  }
  return [...errors, ...validateHostPorts(containers, field)]
}

/** As `validateInitContainers`: sidecars may have what containers have, others run once. */
export function validateInitContainers(context: ContainerContext, field: string): FieldError[] {
  const { initContainers = [], containers = [], terminationGracePeriodSeconds: grace } = context.spec
  const errors: FieldError[] = []
  const names = new Set(containers.map(({ name }) => name))
  for (const [i, container] of initContainers.entries()) {
    const at = `${field}[${i}]`
    errors.push(...validateCommon(container, context, at), ...validateRestartRules(container, at))
    errors.push(...validateName(container.name, names, at))
    // Init containers run one by one, so only the ports of one of them can clash; all are called the first one's.
    errors.push(...validateHostPorts([container], field))
    if (isRestartableInitContainer(container)) {
      errors.push(...validateRunning(container, grace, at))
      continue
    }
    const detail = 'may not be set for init containers without restartPolicy=Always'
    for (const name of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const) {
      if (container[name]) errors.push(fieldForbidden(`${at}.${name}`, detail))
    }
  }
  return errors
}

/** As `validateContainerCommon`: what holds for containers of every sort. */
export function validateCommon(container: AnyContainer, context: ContainerContext, field: string): FieldError[] {
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
  const pullErrors: FieldError[] = []
  if (!pull) pullErrors.push(fieldRequired(`${field}.imagePullPolicy`))
  else if (!pullPolicies.includes(pull)) {
    pullErrors.push(fieldNotSupported(`${field}.imagePullPolicy`, pull, pullPolicies))
  }
  return [
    ...errors,
    ...validatePorts(container.ports ?? [], `${field}.ports`),
    ...validateEnv(container.env ?? [], `${field}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${field}.envFrom`),
    ...validateVolumeMounts(container, context.volumes, `${field}.volumeMounts`),
    ...validateVolumeDevices(container, context.volumes, `${field}.volumeDevices`),
    ...pullErrors,
    ...validateContainerResources(container.resources, context, `${field}.resources`),
    ...validateResizePolicy(container.resizePolicy ?? [], context, `${field}.resizePolicy`),
    ...validateSecurityContext(container.securityContext, context.spec, `${field}.securityContext`),
  ]
}

const resizable = ['cpu', 'memory']
const resizePolicies = ['NotRequired', 'RestartContainer']

/** As `validateResizePolicy`: its errors are the list's, but for duplicates. */
function validateResizePolicy(
  policies: DeepReadonly<ContainerResizePolicy[]>,
  { spec }: ContainerContext,
  field: string,
): FieldError[] {
  const seen = new Set<string>()
  const oneOf = (value: string, values: readonly string[]): FieldError[] => {
    if (value === '') return [fieldRequired(field)]
    return values.includes(value) ? [] : [fieldNotSupported(field, value, values)]
  }
  return policies.flatMap(({ resourceName = '', restartPolicy = '' }, i) => {
    const errors = seen.has(resourceName) ? [fieldDuplicate(`${field}[${i}]`, resourceName)] : []
    seen.add(resourceName)
    errors.push(...oneOf(resourceName, resizable), ...oneOf(restartPolicy, resizePolicies))
    if (spec.restartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const detail = "must be 'NotRequired' when `restartPolicy` is 'Never'"
      errors.push(fieldInvalid(field, restartPolicy, detail))
    }
    return errors
  })
}

function validateName(name: string | undefined, names: Set<string>, field: string): FieldError[] {
  if (!name) return []
  if (names.has(name)) return [fieldDuplicate(`${field}.name`, name)]
  names.add(name)
  return []
}

/** Hooks and probes of a container that keeps running. */
function validateRunning(container: DeepReadonly<Container>, grace: number | undefined, field: string): FieldError[] {
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
