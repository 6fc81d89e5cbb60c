import type { PodObject } from './pod-object.ts'

/** A pod's /etc/hosts, as the kubelet writes it. A pod of the node's own network has the node's file. */
export function hostsFile(pod: PodObject, hostname: string, podIP: string, nodeFile: string): string {
  const { hostAliases = [], hostNetwork, subdomain } = pod.spec ?? {}
  const aliases = hostAliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}`)
  const added = aliases.length > 0 ? ['', '# Entries added by HostAliases.', ...aliases] : []
  if (hostNetwork) {
    return ['# Kubernetes-managed hosts file (host network).', nodeFile.trimEnd(), ...added, ''].join('\n')
  }
  const domain = subdomain ? `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.cluster.local\t` : ''
  return [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'fe00::\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    `${podIP}\t${domain}${hostname}`,
    ...added,
    '',
  ].join('\n')
}
