import type { Plugin } from '../framework/plugin.ts'

const rejection = { reasons: ["node(s) didn't have free ports for the requested pod ports"] }

/** Two pods cannot have one host port of a node. */
export const nodePorts: Plugin = {
  name: 'NodePorts',
  events: ['NodeAdd', 'AssignedPodDelete'],
  place({ hostPorts }) {
    if (hostPorts.length === 0) return undefined
    return { filter: (node) => (hostPorts.some((port) => node.hasPort(port)) ? rejection : undefined) }
  },
}
