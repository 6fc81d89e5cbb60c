import type { Status } from '@wherry/api'

/** The value as a Status, if it is one by its kind. */
export function asStatus(value: unknown): Status | undefined {
  return isStatus(value) ? value : undefined
}

export function isStatus(value: unknown): value is Status {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'Status'
}

/** Undefined for what is no JSON: a proxy's page, or nothing at all. */
export function parseJSONOrUndefined(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
