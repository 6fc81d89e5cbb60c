import { join } from 'node:path'
import { kubeletPort } from './addresses.ts'
import type { ClusterConfig, NodeConfig } from './cluster-config.ts'
import { imageDir, type ClusterPaths } from './home.ts'
import {
  frontProxyAuthority,
  frontProxyIdentity,
  kubeletClientIdentity,
  nodeIdentity,
  nodeServerIdentity,
  serverIdentity,
} from './identities.ts'
import type { ProcessSpec } from './supervisor.ts'

/** How a component's program is started: a command to which the component's flags are appended. */
export type ComponentCommand = (component: string) => readonly string[]

/** Process names in the order in which they start; they end in the opposite order. */
export function componentNames(config: ClusterConfig): string[] {
  return ['apiserver', 'controller-manager', 'scheduler', 'service-router', ...config.nodes.map(nodeAgentName)]
}

export function nodeAgentName(node: NodeConfig): string {
  return `node-agent-${node.name}`
}

export interface ComponentOptions {
  home: string
  paths: ClusterPaths
  config: ClusterConfig
  command: ComponentCommand
  /** The directory of the built-in image `wherry/hello`. */
  helloDir: string
  /** The prose of OpenAPI, where the build could fetch it. */
  descriptionsFile: string | undefined
}

/** The command lines of a cluster's processes. */
export function componentProcesses(options: ComponentOptions): ProcessSpec[] {
  const { paths, config, command } = options
  const pki = (file: string) => join(paths.pki, file)
  const kubeconfig = (identity: string) => `--kubeconfig=${join(paths.kubeconfigs, `${identity}.yaml`)}`
  return [
    {
      name: 'apiserver',
      command: [
        ...command('apiserver'),
        `--data-dir=${paths.data}`,
        `--bind-address=127.0.0.1`,
        `--secure-port=${config.apiPort}`,
        `--advertise-address=127.0.0.1`,
        `--tls-cert-file=${pki(`${serverIdentity}.crt`)}`,
        `--tls-private-key-file=${pki(`${serverIdentity}.key`)}`,
        `--client-ca-file=${pki('ca.crt')}`,
        `--requestheader-client-ca-file=${pki(`${frontProxyAuthority}.crt`)}`,
        `--requestheader-allowed-names=${frontProxyIdentity}`,
        '--requestheader-username-headers=X-Remote-User',
        '--requestheader-uid-headers=X-Remote-Uid',
        '--requestheader-group-headers=X-Remote-Group',
        '--requestheader-extra-headers-prefix=X-Remote-Extra-',
        `--proxy-client-cert-file=${pki(`${frontProxyIdentity}.crt`)}`,
        `--proxy-client-key-file=${pki(`${frontProxyIdentity}.key`)}`,
        `--service-cluster-ip-range=${config.serviceRange}`,
        `--service-account-issuer=https://kubernetes.default.svc.cluster.local`,
        `--service-account-signing-key-file=${pki('sa.key')}`,
        `--service-account-key-file=${pki('sa.pub')}`,
        `--kubelet-client-certificate=${pki(`${kubeletClientIdentity}.crt`)}`,
        `--kubelet-client-key=${pki(`${kubeletClientIdentity}.key`)}`,
        `--kubelet-certificate-authority=${pki('ca.crt')}`,
        '--allow-loopback-endpoints',
        ...(options.descriptionsFile === undefined ? [] : [`--descriptions-file=${options.descriptionsFile}`]),
      ],
    },
    {
      name: 'controller-manager',
      command: [
        ...command('controller-manager'),
        kubeconfig('controller-manager'),
        `--root-ca-file=${pki('ca.crt')}`,
        `--service-account-private-key-file=${pki('sa.key')}`,
        `--cluster-signing-cert-file=${pki('ca.crt')}`,
        `--cluster-signing-key-file=${pki('ca.key')}`,
        '--use-service-account-credentials=true',
        '--leader-elect=false',
      ],
    },
    { name: 'scheduler', command: [...command('scheduler'), kubeconfig('scheduler'), '--leader-elect=false'] },
    {
      name: 'service-router',
      command: [
        ...command('service-router'),
        kubeconfig('service-router'),
        `--nodeport-addresses=${[...config.nodes.map((node) => node.ip), '127.0.0.1'].join(',')}`,
      ],
    },
    ...config.nodes.map((node) => nodeAgent(options, node, kubeconfig(nodeIdentity(node)))),
  ]
}

function nodeAgent({ home, paths, command, helloDir }: ComponentOptions, node: NodeConfig, kubeconfig: string) {
  const pki = (file: string) => join(paths.pki, file)
  return {
    name: nodeAgentName(node),
    command: [
      ...command('node-agent'),
      kubeconfig,
      `--hostname-override=${node.name}`,
      `--node-ip=${node.ip}`,
      `--address=${node.ip}`,
      `--port=${kubeletPort}`,
      `--pod-cidr=${node.podCIDR}`,
      `--root-dir=${nodeDir(paths, node)}`,
      `--image-dir=${imageDir(home)}`,
      `--tls-cert-file=${pki(`${nodeServerIdentity(node)}.crt`)}`,
      `--tls-private-key-file=${pki(`${nodeServerIdentity(node)}.key`)}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--hello-dir=${helloDir}`,
    ],
  }
}

/** Where a node's agent keeps its pods. */
export function nodeDir(paths: ClusterPaths, node: NodeConfig): string {
  return join(paths.nodes, node.name)
}
