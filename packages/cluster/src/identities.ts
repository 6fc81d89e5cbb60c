import type { ClusterConfig, NodeConfig } from './cluster-config.ts'
import type { CertificateRequest } from './pki.ts'

/** Names of certificates, which are also the names of kubeconfigs where they are clients'. */
export const adminIdentity = 'admin'
export const kubeletClientIdentity = 'apiserver-kubelet-client'
export const frontProxyAuthority = 'front-proxy-ca'
export const frontProxyIdentity = 'front-proxy-client'
export const serverIdentity = 'apiserver'
export const nodeIdentity = (node: NodeConfig) => `${node.name}`
export const nodeServerIdentity = (node: NodeConfig) => `${node.name}-server`

/**
 * Who is who in a cluster: each component is the user that upstream's counterpart is, with no more rights than RBAC
 * gives that user (kubernetes.io/docs/setup/best-practices/certificates).
 */
export function certificateRequests(config: ClusterConfig): CertificateRequest[] {
  const serviceIP = firstAddress(config.serviceRange)
  return [
    {
      name: serverIdentity,
      commonName: 'kube-apiserver',
      usage: 'server',
      dnsNames: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
      addresses: ['127.0.0.1', serviceIP],
    },
    {
      name: kubeletClientIdentity,
      commonName: 'kube-apiserver-kubelet-client',
      organizations: ['system:masters'],
      usage: 'client',
    },
    // The API server itself, before the servers behind APIServices.
    { name: frontProxyIdentity, commonName: frontProxyIdentity, usage: 'client', authority: frontProxyAuthority },
    { name: adminIdentity, commonName: 'kubernetes-admin', organizations: ['system:masters'], usage: 'client' },
    { name: 'controller-manager', commonName: 'system:kube-controller-manager', usage: 'client' },
    { name: 'scheduler', commonName: 'system:kube-scheduler', usage: 'client' },
    { name: 'service-router', commonName: 'system:kube-proxy', usage: 'client' },
    ...config.nodes.flatMap((node): CertificateRequest[] => [
      {
        name: nodeIdentity(node),
        commonName: `system:node:${node.name}`,
        organizations: ['system:nodes'],
        usage: 'client',
      },
      {
        name: nodeServerIdentity(node),
        commonName: `system:node:${node.name}`,
        organizations: ['system:nodes'],
        usage: 'server',
        dnsNames: [node.name],
        addresses: [node.ip],
      },
    ]),
  ]
}

/** The first usable address of a range such as `127.64.0.0/16`. */
export function firstAddress(cidr: string): string {
  return cidr.replace(/\.0\/\d+$/, '.1')
}
