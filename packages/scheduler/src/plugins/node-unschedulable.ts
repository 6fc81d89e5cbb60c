import { tolerates } from '@wherry/component-helpers'
import type { Plugin } from '../framework/plugin.ts'

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }
const rejection = { unresolvable: true, reasons: ['node(s) were unschedulable'] }

/** Cordoned nodes take no pods but those that tolerate it, such as a DaemonSet's. */
export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  events: ['NodeAdd', 'NodeTaints'],
  place({ pod }) {
    const tolerated = pod.spec?.tolerations?.some((toleration) => tolerates(toleration, taint)) === true
    return { filter: ({ node }) => (node.spec?.unschedulable === true && !tolerated ? rejection : undefined) }
  },
}
