import { readFileSync } from 'node:fs'

/** The port of the API server's Service. */
const servicePort = 443

/**
 * Where pods reach the API server when nobody can serve the port of its Service on this machine: an ordinary user's
 * router may not bind a port below 1024. Undefined where the Service itself is in reach.
 */
export function apiServerForPods(
  server: string,
  root = process.getuid?.() === 0,
  firstOpenPort = unprivilegedPortStart(),
): { host: string; port: number } | undefined {
  if (root || firstOpenPort <= servicePort) return undefined
  const { hostname, port, protocol } = new URL(server)
  return { host: hostname, port: Number(port) || (protocol === 'https:' ? 443 : 80) }
}

function unprivilegedPortStart(): number {
  try {
    return Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))
  } catch {
    return process.platform === 'darwin' ? 0 : 1024
  }
}
