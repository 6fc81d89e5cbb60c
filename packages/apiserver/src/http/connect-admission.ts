import type { KubeObject } from '@wherry/api'
import { Attributes } from '../registry/admission-chain.ts'
import type { Exchange } from './exchange.ts'
import type { ServerContext } from './server-context.ts'
import { warnerOf } from './writes.ts'

type Query = URLSearchParams
type Members = Readonly<Record<string, unknown>>

const flags = (query: Query, defaults: Members): Members => {
  const read = (name: string) => {
    const value = query.get(name)
    return value === null ? defaults[name] : !['', '0', 'false'].includes(value)
  }
  const known = ['stdin', 'stdout', 'stderr', 'tty'].map((name) => [name, read(name)] as const)
  return Object.fromEntries(known.filter(([, value]) => value === true))
}
const container = (query: Query): Members => (query.get('container') ? { container: query.get('container') } : {})
const shown = { stdout: true, stderr: true }

/** The options of each stream, as admission sees them: an object of a kind of its own, made of the query. */
const kinds: Readonly<Record<string, (query: Query) => Members>> = {
  PodExecOptions: (query) => ({ ...flags(query, shown), ...container(query), command: query.getAll('command') }),
  PodAttachOptions: (query) => ({ ...flags(query, shown), ...container(query) }),
  PodPortForwardOptions: (query) => ({
    ports: query
      .getAll('ports')
      .flatMap((one) => one.split(','))
      .map(Number),
  }),
  PodProxyOptions: () => ({}),
  ServiceProxyOptions: () => ({}),
  NodeProxyOptions: () => ({}),
}
const optionKinds: Readonly<Record<string, string>> = {
  'pods/exec': 'PodExecOptions',
  'pods/attach': 'PodAttachOptions',
  'pods/portforward': 'PodPortForwardOptions',
  'pods/proxy': 'PodProxyOptions',
  'services/proxy': 'ServiceProxyOptions',
  'nodes/proxy': 'NodeProxyOptions',
}

/** Lets admission judge who connects to a pod, a service or a node; a log is read, and no connection to it. */
export async function admitConnect(context: ServerContext, exchange: Exchange): Promise<void> {
  const { info, user } = exchange
  const kind = optionKinds[`${info.resource}/${info.subresource}`]
  const resource = context.registry.info(info.group, info.version, info.resource)
  if (!kind || !resource) return
  const path =
    info.subresource === 'proxy' && info.parts.length > 3 ? { path: `/${info.parts.slice(3).join('/')}` } : {}
  const object: KubeObject = Object({ kind, apiVersion: 'v1', ...kinds[kind]?.(info.query), ...path })
  const request = {
    subresource: info.subresource,
    key: { namespace: info.namespace || undefined, name: info.name },
    user,
    dryRun: false,
    warn: warnerOf(exchange),
  }
  const attributes = new Attributes('CONNECT', resource, request, object)
  await context.admission.admit(attributes)
  await context.admission.validate(attributes)
}
