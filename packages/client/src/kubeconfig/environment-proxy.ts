import { BlockList, isIP } from 'node:net'
import type { Environment } from './files.ts'

/**
 * The proxy that the environment names for a server, as Go's `http.ProxyFromEnvironment`: `$HTTPS_PROXY` or
 * `$HTTP_PROXY`, but never for this machine itself and for what `$NO_PROXY` lists.
 */
export function proxyFromEnvironment(env: Environment, server: string): string | undefined {
  const { protocol, hostname, port } = new URL(server)
  const proxy = protocol === 'https:' ? env.HTTPS_PROXY || env.https_proxy : env.HTTP_PROXY || env.http_proxy
  if (!proxy) return undefined
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase()
  if (host === 'localhost' || isLoopback(host)) return undefined
  const listed = (env.NO_PROXY || env.no_proxy || '').split(',').map((item) => item.trim().toLowerCase())
  const actualPort = port || (protocol === 'https:' ? '443' : '80')
  if (listed.some((item) => item !== '' && excludes(item, host, actualPort))) return undefined
  return /^https?:\/\//.test(proxy) ? proxy : `http://${proxy}`
}

function isLoopback(host: string): boolean {
  return isIP(host) !== 0 && inRange(host, isIP(host) === 4 ? '127.0.0.0/8' : '::1/128')
}

/** `*`, an address, a range, a host, or a domain with everything below it; all but ranges may have a port. */
function excludes(item: string, host: string, port: string): boolean {
  if (item === '*') return true
  if (item.includes('/')) return inRange(host, item)
  const [, name = item, wantedPort] = /^(.*?)(?::(\d+))?$/.exec(item) ?? []
  if (wantedPort && isIP(item) === 0 && wantedPort !== port) return false
  const wanted = isIP(item) === 0 ? name : item
  return wanted === host || host.endsWith(wanted.replace(/^\*?\.?/, '.'))
}

function inRange(host: string, range: string): boolean {
  const [network = '', bits = ''] = range.split('/')
  const family = isIP(network)
  if (family === 0 || family !== isIP(host) || !/^\d+$/.test(bits)) return false
  const list = new BlockList()
  list.addSubnet(network, Number(bits), family === 4 ? 'ipv4' : 'ipv6')
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
