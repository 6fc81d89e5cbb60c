import { Node } from '@wherry/api'
import type { AdmissionPlugin } from './admission.ts'
import { objectOf } from './targets.ts'

const notReady = { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }

/** No pod lands on a node before its controller has seen it ready. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  async admit(attributes) {
    const node = attributes.operation === 'CREATE' ? objectOf(attributes, Node) : undefined
    if (!node) return
    const taints = node.spec?.taints ?? []
    if (taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) return
    node.spec = { ...node.spec, taints: [...taints, { ...notReady }] }
  },
}
