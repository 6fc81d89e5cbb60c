import { Node } from '@wherry/api'
import { compareUtf8, type DeepReadonly } from '@wherry/apimachinery'
import { defineResource } from '../../registry/resource.ts'
import { ageColumn, nameColumn, none } from '../columns.ts'
import { roundResources } from '../quantities.ts'
import { struct } from '../structs.ts'
import { validateNode, validateNodeUpdate } from './node-validation.ts'

const unknown = '<unknown>'
const rolePrefix = 'node-role.kubernetes.io/'

export const nodes = defineResource(Node, {
  shortNames: ['no'],
  setDefaults(node) {
    const spec = struct(node, 'spec')
    const status = struct(node, 'status')
    if (spec.podCIDR && !spec.podCIDRs) spec.podCIDRs = [spec.podCIDR]
    if (spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0]
    roundResources(status.capacity)
    if (status.capacity) status.allocatable ??= { ...status.capacity }
    roundResources(status.allocatable)
  },
  validate: validateNode,
  validateUpdate: validateNodeUpdate,
  warnings: ({ spec }) => [
    ...(spec?.configSource ? ['spec.configSource: the feature is no longer available'] : []),
    ...(spec?.externalID ? ['spec.externalID: this field is deprecated, and is unused by Kubernetes'] : []),
  ],
  status: {
    keepOnCreate: true,
    validateUpdate: (node, old) => [...validateNode(node, old), ...validateNodeUpdate(node, old)],
  },
  columns: [
    nameColumn(),
    { name: 'Status', type: 'string', value: statusText },
    { name: 'Roles', type: 'string', value: (node) => roles(node).join(',') || none },
    ageColumn(),
    { name: 'Version', type: 'string', value: (node) => node.status?.nodeInfo?.kubeletVersion ?? '' },
    { name: 'Internal-IP', type: 'string', priority: 1, value: (node) => address(node, 'InternalIP') },
    { name: 'External-IP', type: 'string', priority: 1, value: (node) => address(node, 'ExternalIP') },
    { name: 'OS-Image', type: 'string', priority: 1, value: (node) => node.status?.nodeInfo?.osImage || unknown },
    {
      name: 'Kernel-Version',
      type: 'string',
      priority: 1,
      value: (node) => node.status?.nodeInfo?.kernelVersion || unknown,
    },
    {
      name: 'Container-Runtime',
      type: 'string',
      priority: 1,
      value: (node) => node.status?.nodeInfo?.containerRuntimeVersion || unknown,
    },
  ],
  selectableFields: { 'spec.unschedulable': (node) => String(node.spec?.unschedulable ?? false) },
})

function statusText(node: DeepReadonly<Node>): string {
  const ready = node.status?.conditions?.find((c) => c.type === 'Ready')
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return node.spec?.unschedulable ? `${text},SchedulingDisabled` : text
}

/** From `node-role.kubernetes.io/<role>` and `kubernetes.io/role=<role>`. */
function roles(node: DeepReadonly<Node>): string[] {
  const found = new Set<string>()
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key !== rolePrefix) found.add(key.slice(rolePrefix.length))
    else if (key === 'kubernetes.io/role' && value !== '') found.add(value)
  }
  return [...found].sort(compareUtf8)
}

function address(node: DeepReadonly<Node>, type: string): string {
  return node.status?.addresses?.find((a) => a.type === type)?.address ?? none
}
