import type { GRPCAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '@wherry/api'
import {
  type DeepReadonly,
  type FieldError,
  fieldForbidden,
  fieldInvalid,
  fieldNotSupported,
  fieldRequired,
  isHTTPHeaderName,
  isPortName,
  isPortNum,
} from '@wherry/apimachinery'
import { nonNegative, refusals } from '../../../fields.ts'

type AProbe = DeepReadonly<Probe> | undefined
type Handler = DeepReadonly<LifecycleHandler & { grpc?: GRPCAction }>

/** As `validateLifecycle`. */
export function validateLifecycle(
  lifecycle: DeepReadonly<Lifecycle> | undefined,
  grace: number | undefined,
  field: string,
): FieldError[] {
  if (!lifecycle) return []
  return (['postStart', 'preStop'] as const).flatMap((name) =>
    lifecycle[name] ? validateHandler(lifecycle[name], grace, `${field}.${name}`) : [],
  )
}

/** As `validateLivenessProbe`. */
export function validateLivenessProbe(probe: AProbe, grace: number | undefined, field: string): FieldError[] {
  return [...validateProbe(probe, grace, field), ...succeedsOnce(probe, field)]
}

/** As `validateStartupProbe`. */
export function validateStartupProbe(probe: AProbe, grace: number | undefined, field: string): FieldError[] {
  return [...validateProbe(probe, grace, field), ...succeedsOnce(probe, field)]
}

/** As `validateReadinessProbe`: being not ready ends no container, so there is no grace period to set. */
export function validateReadinessProbe(probe: AProbe, grace: number | undefined, field: string): FieldError[] {
  const errors = validateProbe(probe, grace, field)
  const seconds = probe?.terminationGracePeriodSeconds
  if (seconds !== undefined) {
    const detail = 'must not be set for readinessProbes'
    errors.push(fieldInvalid(`${field}.terminationGracePeriodSeconds`, seconds, detail))
  }
  return errors
}

function succeedsOnce(probe: AProbe, field: string): FieldError[] {
  if (!probe || (probe.successThreshold ?? 0) === 1) return []
  return [fieldInvalid(`${field}.successThreshold`, probe.successThreshold ?? 0, 'must be 1')]
}

function validateProbe(probe: AProbe, grace: number | undefined, field: string): FieldError[] {
  if (!probe) return []
  const errors = validateHandler(probe, grace, field)
  for (const name of [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ] as const) {
    errors.push(...nonNegative(`${field}.${name}`, probe[name]))
  }
  const seconds = probe.terminationGracePeriodSeconds
  if (seconds !== undefined && seconds <= 0) {
    errors.push(fieldInvalid(`${field}.terminationGracePeriodSeconds`, seconds, 'must be greater than 0'))
  }
  return errors
}

/** Exactly one of the ways to ask or to act. As `validateHandler`. */
function validateHandler(handler: Handler, grace: number | undefined, field: string): FieldError[] {
  const errors: FieldError[] = []
  let count = 0
  const each = (name: string, present: boolean, validate: () => FieldError[]) => {
    if (!present) return
    if (count > 0) errors.push(fieldForbidden(`${field}.${name}`, 'may not specify more than 1 handler type'))
    else errors.push(...validate())
    count++
  }
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  each('exec', exec !== undefined, () => (exec?.command?.length ? [] : [fieldRequired(`${field}.exec.command`)]))
  each('httpGet', httpGet !== undefined, () => (httpGet ? validateHTTPGet(httpGet, `${field}.httpGet`) : []))
  each('tcpSocket', tcpSocket !== undefined, () => validatePort(tcpSocket?.port, `${field}.tcpSocket.port`))
  each('grpc', grpc !== undefined, () => refusals(`${field}.grpc.port`, grpc?.port ?? 0, isPortNum(grpc?.port ?? 0)))
  each('sleep', sleep !== undefined, () => {
    const seconds = sleep?.seconds ?? 0
    const detail = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`
    return grace !== undefined && (seconds < 0 || seconds > grace)
      ? [fieldInvalid(`${field}.sleep`, seconds, detail)]
      : []
  })
  if (count === 0) errors.push(fieldRequired(field, 'must specify a handler type'))
  return errors
}

function validateHTTPGet(action: DeepReadonly<HTTPGetAction>, field: string): FieldError[] {
  const errors: FieldError[] = action.path ? [] : [fieldRequired(`${field}.path`)]
  errors.push(...validatePort(action.port, `${field}.port`))
  if (action.scheme !== 'HTTP' && action.scheme !== 'HTTPS') {
    errors.push(fieldNotSupported(`${field}.scheme`, action.scheme ?? '', ['HTTP', 'HTTPS']))
  }
  for (const { name = '' } of action.httpHeaders ?? []) {
    errors.push(...refusals(`${field}.httpHeaders`, name, isHTTPHeaderName(name)))
  }
  return errors
}

/** As `ValidatePortNumOrName`. */
function validatePort(port: number | string | undefined, field: string): FieldError[] {
  const value = port ?? 0
  return refusals(field, value, typeof value === 'string' ? isPortName(value) : isPortNum(value))
}
