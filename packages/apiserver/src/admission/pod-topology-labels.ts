import { Node, Pod } from '@wherry/api'
import type { AdmissionPlugin } from './admission.ts'
import { isA, isFor, oldOf } from './targets.ts'

const keys = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone']

/** A pod that is put on a node learns in which zone and region it is. As upstream `admission/podtopologylabels`. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  async admit(attributes, behaviours) {
    const { object, operation } = attributes
    const created = operation === 'CREATE' && isFor(attributes, Pod)
    const bound = operation === 'UPDATE' && isFor(attributes, Pod, 'binding')
    if ((!created && !bound) || !isA(object, Pod) || !object.spec?.nodeName) return
    if (bound && oldOf(attributes, Pod)?.spec?.nodeName) return
    const labels = behaviours.store(Node).get({ name: object.spec.nodeName })?.metadata.labels
    const own = keys.flatMap((key) => (labels?.[key] === undefined ? [] : [[key, labels[key]] as const]))
    if (own.length > 0) object.metadata.labels = { ...object.metadata.labels, ...Object.fromEntries(own) }
  },
}
