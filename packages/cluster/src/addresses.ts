import { createServer } from 'node:net'
import { UserError } from '@wherry/component-base'
import type { ClusterConfig, NodeConfig } from './cluster-config.ts'

/**
 * The plan of 127.0.0.0/8: each cluster has a block number, and with it
 *
 *   127.(32+block).0.N      node N: its kubelet API, host ports and node ports
 *   127.(64+block).0.0/16   Services; the first address is the `kubernetes` Service
 *   127.(128+block).N.0/24  pods of node N
 */
export const blocks = 32
export const kubeletPort = 10250
const firstApiPort = 6443

export function serviceRange(block: number): string {
  return `127.${64 + block}.0.0/16`
}

export function podRange(block: number): string {
  return `127.${128 + block}.0.0/16`
}

/** The N-th node of a cluster; N counts from 1. */
export function nodeConfig(block: number, n: number): NodeConfig {
  return { name: `node-${n}`, ip: `127.${32 + block}.0.${n}`, podCIDR: `127.${128 + block}.${n}.0/24` }
}

/**
 * Chooses addresses and ports that neither another cluster of this home nor a running one of any user has. `probe`
 * tells whether an address and port can be listened on.
 */
export async function planCluster(
  name: string,
  nodes: number,
  others: readonly ClusterConfig[],
  probe: (host: string, port: number) => Promise<boolean> = canListen,
  wantedPort?: number,
): Promise<ClusterConfig> {
  const taken = new Set(others.map((other) => other.block))
  let block = 0
  while (block < blocks && (taken.has(block) || !(await probe(nodeConfig(block, 1).ip, kubeletPort)))) block++
  if (block === blocks) {
    throw new UserError(`all ${blocks} address blocks for clusters are taken: destroy one with "wherry destroy"`)
  }
  return {
    name,
    block,
    apiPort: await freeApiPort(new Set(others.map((other) => other.apiPort)), probe, wantedPort),
    serviceRange: serviceRange(block),
    podRange: podRange(block),
    nodes: Array.from({ length: nodes }, (_, i) => nodeConfig(block, i + 1)),
  }
}

async function freeApiPort(
  taken: ReadonlySet<number>,
  probe: (host: string, port: number) => Promise<boolean>,
  wanted: number | undefined,
): Promise<number> {
  if (wanted !== undefined) {
    if (await probe('127.0.0.1', wanted)) return wanted
    throw new UserError(`port ${wanted} is in use: choose another with --port, or leave it out to have one found`)
  }
  for (let port = firstApiPort; port < firstApiPort + 1000; port++) {
    if (!taken.has(port) && (await probe('127.0.0.1', port))) return port
  }
  throw new UserError(`no free port from ${firstApiPort} on for the API server: choose one with --port`)
}

/** Whether this process may listen there now. */
export function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}
