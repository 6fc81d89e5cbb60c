import { type ClientConfig, loadKubeconfig, newClient } from '@wherry/client'
import { parseDuration } from '@wherry/apimachinery'
import type { Context } from '../context.ts'
import { CommandError } from '../errors.ts'
import { type Connection, newConnection } from './connection.ts'
import { discoveryCache } from './discovery-cache.ts'
import { Rest } from './rest.ts'

/** Milliseconds of --request-timeout: a duration, or seconds without a unit; 0 is no limit. */
export function requestTimeout(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  try {
    return parseDuration(text)
  } catch {
    throw new CommandError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    )
  }
}

function extraOf(pairs: readonly string[]): Record<string, string[]> {
  const extra: Record<string, string[]> = {}
  for (const pair of pairs) {
    const equals = pair.indexOf('=')
    const key = equals === -1 ? pair : pair.slice(0, equals)
    extra[key] = [...(extra[key] ?? []), equals === -1 ? '' : pair.slice(equals + 1)]
  }
  return extra
}

/** Reaches the cluster that the global flags and the kubeconfig name. Throws what is wrong with them. */
export async function connect(context: Context): Promise<Connection> {
  const { globals, env, clock } = context
  const timeoutMs = requestTimeout(globals['request-timeout'])
  const given = (name: 'context' | 'cluster' | 'user' | 'namespace' | 'server' | 'token') =>
    context.globalChanged(name) ? { [name]: globals[name] } : {}
  const loaded = await loadKubeconfig(env, {
    ...(globals.kubeconfig !== '' && { path: globals.kubeconfig }),
    ...given('context'),
    ...given('cluster'),
    ...given('user'),
    ...given('namespace'),
    ...given('server'),
    ...given('token'),
    ...(globals['certificate-authority'] !== '' && { certificateAuthority: globals['certificate-authority'] }),
    ...(globals['client-certificate'] !== '' && { clientCertificate: globals['client-certificate'] }),
    ...(globals['client-key'] !== '' && { clientKey: globals['client-key'] }),
    ...(globals['insecure-skip-tls-verify'] && { insecureSkipTLSVerify: true }),
    ...(globals['tls-server-name'] !== '' && { tlsServerName: globals['tls-server-name'] }),
    ...(globals.as !== '' && { as: globals.as }),
    ...(globals['as-uid'] !== '' && { asUid: globals['as-uid'] }),
    ...(globals['as-user-extra'].length > 0 && { asUserExtra: extraOf(globals['as-user-extra']) }),
    ...(globals.username !== '' && { username: globals.username }),
    ...(globals.password !== '' && { password: globals.password }),
    ...(globals['as-group'].length > 0 && { asGroups: globals['as-group'] }),
    ...(timeoutMs > 0 && { timeoutMs }),
    clock,
  })
  const config: ClientConfig = {
    ...loaded.config,
    userAgent: `${context.program}/0.1.0 (${process.platform}/${process.arch})`,
  }
  const client = newClient(config, { clock })
  const rest = new Rest({
    client,
    clock,
    signal: context.signal,
    timeoutMs,
    warn: (text) => context.warn(text),
    verbosity: globals.v,
    warningsAsErrors: globals['warnings-as-errors'],
  })
  return newConnection({
    client,
    rest,
    server: config.server,
    namespace: loaded.namespace,
    namespaceGiven: context.globalChanged('namespace'),
    cache: discoveryCache({ env, clock, directory: globals['cache-dir'], server: config.server }),
  })
}
