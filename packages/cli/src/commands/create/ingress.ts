import { Ingress, type IngressBackend, type IngressRule, type IngressTLS } from '@wherry/api'
import { defineCommand } from '../../command.ts'
import { CommandError } from '../../errors.ts'
import { createGenerated, generatorFlags, nameArgument, newMeta } from './generate.ts'

/** host, path, service, port and, with the option, the TLS secret. */
const rulePattern =
  /^(?<host>[\w*\-.]*\w?)?(?<path>\/[\w/\-+~.%]*\*?)=(?<service>[\w-]+):(?<port>[\w-]+)(?<tls>,tls(=(?<secret>[\w-]*))?)?$/

export const createIngressCommand = defineCommand({
  use: 'create ingress NAME --rule=host/path=service:port[,tls[=secret]]',
  short: 'Create an ingress with the specified name',
  examples: `# Requests for a host go to a service
$ create ingress web --rule="example.com/*=web:80"

# With TLS, and a class
$ create ingress web --class=main --rule="example.com/=web:http,tls=web-cert"

# Everything to one service
$ create ingress all --default-backend=web:80`,
  flags: {
    ...generatorFlags,
    annotation: { type: 'array', describe: 'Annotation of the ingress: key=value.' },
    class: { type: 'string', describe: 'The ingress class.' },
    'default-backend': { type: 'string', describe: 'Where requests go that no rule is for: service:port.' },
    rule: { type: 'array', describe: 'host/path=service:port[,tls[=secret]]; a path that ends in * is a prefix.' },
  },
  async run(context, { args, flags }) {
    const name = nameArgument(args)
    if (flags['default-backend'] === '' && flags.rule.length === 0) {
      throw new CommandError(
        'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
      )
    }
    const annotations = Object.fromEntries(flags.annotation.map(annotationOf))
    const { rules, tls } = rulesOf(flags.rule)
    const ingress = {
      kind: 'Ingress',
      apiVersion: 'networking.k8s.io/v1',
      metadata: {
        ...newMeta(context, Ingress, name),
        ...(flags.annotation.length > 0 && { annotations }),
      },
      spec: {
        ...(flags.class !== '' && { ingressClassName: flags.class }),
        ...(flags['default-backend'] !== '' && { defaultBackend: defaultBackend(flags['default-backend']) }),
        ...(tls.length > 0 && { tls }),
        ...(rules.length > 0 && { rules }),
      },
      status: { loadBalancer: {} },
    }
    await createGenerated(context, Ingress, ingress, flags, 'failed to create ingress: ')
  },
})

function annotationOf(text: string): [string, string] {
  const equals = text.indexOf('=')
  if (equals <= 0) throw new CommandError(`annotation ${text} is invalid and should be in format key=[value]`)
  return [text.slice(0, equals), text.slice(equals + 1)]
}

function defaultBackend(text: string): IngressBackend {
  const parts = text.split(':')
  const [service = '', port = ''] = parts
  if (parts.length !== 2 || service === '' || port === '') {
    throw new CommandError('default-backend should be in format servicename:serviceport')
  }
  return backend(service, port)
}

function backend(name: string, port: string): IngressBackend {
  return { service: { name, port: /^\d+$/.test(port) ? { number: Number(port) } : { name: port } } }
}

/** The rules of one host are gathered, in the order in which hosts come. */
function rulesOf(texts: readonly string[]): { rules: IngressRule[]; tls: IngressTLS[] } {
  const rules = new Map<string, IngressRule>()
  const tls = new Map<string, Set<string>>()
  for (const text of texts) {
    const groups = rulePattern.exec(text)?.groups
    if (!groups) {
      throw new CommandError(`rule ${text} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`)
    }
    const { host = '', path = '/', service = '', port = '', secret = '' } = groups
    const prefix = path.endsWith('*')
    const shown = prefix ? path.slice(0, -1) : path
    const rule = rules.get(host) ?? { ...(host !== '' && { host }), http: { paths: [] } }
    rule.http?.paths.push({ path: shown, pathType: prefix ? 'Prefix' : 'Exact', backend: backend(service, port) })
    rules.set(host, rule)
    if (groups.tls !== undefined) tls.set(secret, (tls.get(secret) ?? new Set()).add(host))
  }
  return {
    rules: [...rules.values()],
    tls: [...tls].flatMap(([secretName, hosts]) => {
      const named = [...hosts].filter((host) => host !== '').sort()
      if (named.length === 0 && secretName === '') return []
      return [{ ...(named.length > 0 && { hosts: named }), ...(secretName !== '' && { secretName }) }]
    }),
  }
}
