import { findUntolerated, tolerates } from '@wherry/component-helpers'
import { normalizeByMax, type Plugin } from '../framework/plugin.ts'

const rejection = { unresolvable: true, reasons: ['node(s) had untolerated taint(s)'] }
const hard = ['NoSchedule', 'NoExecute']
const soft = 'PreferNoSchedule'

/** Keeps pods off nodes whose taints they do not tolerate, and prefers nodes with fewer soft taints. */
export const taintToleration: Plugin = {
  name: 'TaintToleration',
  weight: 3,
  events: ['NodeAdd', 'NodeTaints'],
  place({ pod }) {
    const tolerations = pod.spec?.tolerations ?? []
    const forSoft = tolerations.filter(({ effect }) => !effect || effect === soft)
    return {
      filter: ({ node }) =>
        findUntolerated(node.spec?.taints ?? [], tolerations, hard) === undefined ? undefined : rejection,
      score: ({ node }) =>
        (node.spec?.taints ?? []).filter(
          (taint) => taint.effect === soft && !forSoft.some((toleration) => tolerates(toleration, taint)),
        ).length,
      normalize: (scores) => normalizeByMax(scores, true),
    }
  },
}
