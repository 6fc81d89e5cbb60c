import type { Plugin } from '../framework/plugin.ts'

/** Pods with scheduling gates wait until the last one is removed (KEP-3521). */
export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  events: [],
  gate(pod) {
    const gates = pod.spec?.schedulingGates ?? []
    if (gates.length === 0) return undefined
    const names = gates.map(({ name }) => name).join(' ')
    return { unresolvable: true, reasons: [`waiting for scheduling gates: [${names}]`] }
  },
  place: () => undefined,
}
