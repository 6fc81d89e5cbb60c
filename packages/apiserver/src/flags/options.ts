import { formatCIDR, parseCIDR } from '@wherry/apimachinery'
import { type FlagValues, UserError } from '@wherry/component-base'
import type { ProxyClient } from '../aggregation/extension-server.ts'
import { isMode } from '../authz/authorizer.ts'
import type { APIServerOptions } from '../server.ts'
import { disabledPlugins } from './admission.ts'
import { authenticationOptions } from './authentication.ts'
import { readFlagFile, readOptionalFile } from './files.ts'
import type { apiserverFlags } from './flags.ts'
import { servingOptions } from './serving.ts'

/** What the server is to do, as its flags say. Throws `UserError` for what cannot be. */
export async function apiserverOptions(
  flags: FlagValues<typeof apiserverFlags>,
  now: number,
): Promise<APIServerOptions> {
  if (!flags['allow-privileged']) throw onlyValue('allow-privileged', true)
  if (flags.profiling) throw onlyValue('profiling', false)
  const bindAddress = flags['bind-address']
  const advertiseAddress = flags['advertise-address'] ?? (bindAddress === '0.0.0.0' ? '127.0.0.1' : bindAddress)
  const [serving, clientCA, signingKey, kubeletCert, kubeletKey, kubeletCA] = await Promise.all([
    servingOptions(flags, [...new Set([advertiseAddress, bindAddress])], now),
    readOptionalFile('client-ca-file', flags['client-ca-file']),
    readFlagFile('service-account-signing-key-file', flags['service-account-signing-key-file']),
    readOptionalFile('kubelet-client-certificate', flags['kubelet-client-certificate']),
    readOptionalFile('kubelet-client-key', flags['kubelet-client-key']),
    readOptionalFile('kubelet-certificate-authority', flags['kubelet-certificate-authority']),
  ])
  const authentication = await authenticationOptions(flags, signingKey)
  const proxyClient = await proxyClientOf(flags)
  if (/^127\.|^::1$/.test(advertiseAddress) && !flags['allow-loopback-endpoints']) {
    throw new UserError(
      `--advertise-address ${advertiseAddress} is a loopback address: choose one that pods reach, or set --allow-loopback-endpoints`,
    )
  }
  const [serviceAccountIssuer = ''] = flags['service-account-issuer']
  return {
    bindAddress,
    securePort: flags['secure-port'],
    tls: { ...serving, clientCA, requestHeaderCA: authentication.requestHeader?.clientCA },
    authorizationModes: flags['authorization-mode'].filter(isMode),
    authentication,
    disabledAdmissionPlugins: disabledPlugins(flags['enable-admission-plugins'], flags['disable-admission-plugins']),
    serviceAccountIssuer,
    serviceAccountSigningKey: signingKey,
    kubelet: {
      ...(kubeletCert === undefined ? {} : { cert: kubeletCert }),
      ...(kubeletKey === undefined ? {} : { key: kubeletKey }),
      ...(kubeletCA === undefined ? {} : { ca: kubeletCA }),
      preferredAddressTypes: flags['kubelet-preferred-address-types'],
    },
    proxyClient,
    advertiseAddress,
    externalHostname: flags['external-hostname'],
    eventTTL: flags['event-ttl'],
    serviceClusterIPRange: serviceRange(flags['service-cluster-ip-range']),
    serviceNodePortRange: portRange(flags['service-node-port-range']),
    descriptionsFile: flags['descriptions-file'],
    allowLoopbackEndpoints: flags['allow-loopback-endpoints'],
  }
}

async function proxyClientOf(flags: FlagValues<typeof apiserverFlags>): Promise<ProxyClient | undefined> {
  const [cert, key] = await Promise.all([
    readOptionalFile('proxy-client-cert-file', flags['proxy-client-cert-file']),
    readOptionalFile('proxy-client-key-file', flags['proxy-client-key-file']),
  ])
  if ((cert === undefined) !== (key === undefined)) {
    throw new UserError('--proxy-client-cert-file and --proxy-client-key-file must be specified together')
  }
  return cert !== undefined && key !== undefined ? { cert, key } : undefined
}

function onlyValue(flag: string, value: boolean): UserError {
  return new UserError(`invalid argument "${!value}" for "--${flag}" flag: only ${value} is there`)
}

/** In the canonical form, which the ServiceCIDR of this range must have. */
function serviceRange(text: string): string {
  const [first = '', second] = text.split(',')
  if (second !== undefined) {
    throw new UserError(`--service-cluster-ip-range: "${text}" names several ranges: only one is there`)
  }
  const cidr = parseCIDR(first)
  if (cidr) return formatCIDR(cidr)
  throw new UserError('service-cluster-ip-range[0] is not a valid cidr')
}

function portRange(text: string): readonly [number, number] {
  const [, first, last] = /^(\d+)-(\d+)$/.exec(text) ?? []
  const range = [Number(first), Number(last)] as const
  if (range[0] >= 1 && range[0] <= range[1] && range[1] <= 65_535) return range
  throw new UserError(`--service-node-port-range: "${text}" is no range of ports, such as 30000-32767`)
}
