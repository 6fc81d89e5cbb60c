import type { Plugin } from '../framework/plugin.ts'

/** A pod that names its node may go nowhere else. */
export const nodeName: Plugin = {
  name: 'NodeName',
  events: ['NodeAdd'],
  place({ pod }) {
    const wanted = pod.spec?.nodeName
    if (!wanted) return undefined
    const reasons = ["node(s) didn't match the requested node name"]
    return { filter: (node) => (node.name === wanted ? undefined : { unresolvable: true, reasons }) }
  },
}
