import type { PodSpec, PodTemplateSpec } from '@wherry/api'
import { describeContainers } from './containers.ts'
import type { Lines } from './lines.ts'
import { describeAnnotations, describeLabels, describeTolerations } from './metadata.ts'
import { describeVolumes } from './volumes.ts'

const space = '  '

/** The pods that a workload makes. */
export function describePodTemplate(lines: Lines, { metadata, spec }: PodTemplateSpec): void {
  lines.line(0, 'Pod Template:')
  describeLabels(lines, '  Labels', metadata?.labels)
  if (Object.keys(metadata?.annotations ?? {}).length > 0)
    describeAnnotations(lines, '  Annotations', metadata?.annotations)
  if (spec?.serviceAccountName) lines.line(0, `  Service Account:\t${spec.serviceAccountName}`)
  const { initContainers = [], containers = [], volumes, nodeSelector, tolerations } = spec ?? {}
  if (initContainers.length > 0)
    describeContainers(lines, { title: 'Init Containers', containers: initContainers, space })
  describeContainers(lines, { title: 'Containers', containers, space })
  describeVolumes(lines, volumes, space)
  describeSpread(lines, spec, space)
  if (spec?.priorityClassName) lines.line(0, `  Priority Class Name:\t${spec.priorityClassName}`)
  describeLabels(lines, '  Node-Selectors', nodeSelector)
  describeTolerations(lines, '  Tolerations', tolerations)
}

/** How pods are spread over zones and nodes. */
export function describeSpread(lines: Lines, spec: PodSpec | undefined, indent: string): void {
  const constraints = [...(spec?.topologySpreadConstraints ?? [])].sort((a, b) =>
    a.topologyKey < b.topologyKey ? -1 : 1,
  )
  constraints.forEach(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }, at) => {
    const title = at === 0 ? `${indent}Topology Spread Constraints:` : indent
    const labels = Object.entries(labelSelector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
    const selects = labels.length > 0 ? ` for selector ${labels.join(',')}` : ''
    lines.line(0, `${title}\t${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selects}`)
  })
}
