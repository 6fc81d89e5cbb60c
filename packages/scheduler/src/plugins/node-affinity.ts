import { matchesNodeSelectorTerm, matchesPodNodeAffinity } from '@wherry/component-helpers'
import { normalizeByMax, type Plugin } from '../framework/plugin.ts'

const rejection = { unresolvable: true, reasons: ["node(s) didn't match Pod's node affinity/selector"] }

/** nodeSelector and node affinity: required terms filter, preferred ones score by their weight. */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  weight: 2,
  events: ['NodeAdd', 'NodeLabels'],
  place({ pod }) {
    const affinity = pod.spec?.affinity?.nodeAffinity
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined
    if (!required && !pod.spec?.nodeSelector && preferred.length === 0) return undefined
    return {
      filter: ({ node }) => (matchesPodNodeAffinity(pod, node) ? undefined : rejection),
      ...(preferred.length > 0 && {
        score: ({ node }) =>
          preferred.reduce(
            (sum, { weight, preference }) => sum + (matchesNodeSelectorTerm(node, preference) ? weight : 0),
            0,
          ),
        normalize: (scores) => normalizeByMax(scores, false),
      }),
    }
  },
}
