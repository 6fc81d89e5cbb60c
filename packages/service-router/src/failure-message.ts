import type { ListenFailure } from './listeners.ts'

/** Why a Service cannot be reached at an address, and how it can be: the message of its event. */
export function failureMessage({ plan, code }: ListenFailure): string {
  const at = `${plan.address}:${plan.port}/${plan.protocol}`
  const endpoints = plan.backends
    .slice(0, 3)
    .map(({ address, port }) => `${address}:${port}`)
    .join(', ')
  const instead = `it can be reached at its endpoints (${endpoints}) or by port-forward`
  if (code === 'EACCES') {
    return `Cannot listen on ${at}: this user may not bind ports below 1024; ${instead}, or give the Service a port of 1024 or above`
  }
  if (code === 'EADDRINUSE') return `Cannot listen on ${at}: another process listens there; ${instead}`
  if (code === 'EADDRNOTAVAIL') {
    return `Cannot listen on ${at}: this machine does not have the address; ${instead}`
  }
  return `Cannot listen on ${at}: ${code}; ${instead}`
}
