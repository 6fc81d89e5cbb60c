import { Pod, type Toleration } from '@wherry/api'
import type { AdmissionPlugin } from './admission.ts'
import { objectOf } from './targets.ts'

const defaultSeconds = 300
const taints = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']

/** A pod stays five minutes on a node that is not ready or not reachable, unless it says otherwise. */
export const defaultTolerationSeconds: AdmissionPlugin = {
  name: 'DefaultTolerationSeconds',
  async admit(attributes) {
    if (attributes.operation !== 'CREATE' && attributes.operation !== 'UPDATE') return
    const spec = objectOf(attributes, Pod)?.spec
    if (!spec) return
    const missing = taints.filter((key) => !spec.tolerations?.some((toleration) => covers(toleration, key)))
    if (missing.length === 0) return
    spec.tolerations = [
      ...(spec.tolerations ?? []),
      ...missing.map((key) => ({
        key,
        operator: 'Exists',
        effect: 'NoExecute',
        tolerationSeconds: defaultSeconds,
      })),
    ]
  },
}

function covers({ key, effect }: Toleration, wanted: string): boolean {
  return (!key || key === wanted) && (!effect || effect === 'NoExecute')
}
