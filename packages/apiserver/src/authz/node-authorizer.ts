import { PersistentVolume, Pod, ResourceSlice, VolumeAttachment } from '@wherry/api'
import { goQuote, parseFieldSelector } from '@wherry/apimachinery'
import type { Behaviours } from '../registry/behaviours.ts'
import type { UserInfo } from '../registry/resource.ts'
import type { AuthorizationAttributes } from './attributes.ts'
import type { Decision } from './authorizer.ts'
import { nodeRules } from './node-rules.ts'
import { podReferences, type Referenced } from './pod-references.ts'
import { ruleAllows } from './policy-rules.ts'

const allow: Decision = { allowed: true, reason: '' }
const refuse = (reason: string): Decision => ({ allowed: false, reason })

/** The node that a user is, or undefined for who is no node; upstream's `nodeidentifier`. */
export function nodeIdentity(user: UserInfo): string | undefined {
  if (!user.name.startsWith('system:node:') || !user.groups.includes('system:nodes')) return undefined
  return user.name.slice('system:node:'.length)
}

/**
 * What the node authorizer says (upstream `plugin/pkg/auth/authorizer/node`): a node reads the secrets, config maps,
 * claims and volumes of pods bound to it, makes tokens for their service accounts, and keeps its own lease and CSINode.
 * Undefined when the user is no node; a refusal leaves room for other authorizers.
 */
export function nodeMay(user: UserInfo, a: AuthorizationAttributes, behaviours: Behaviours): Decision | undefined {
  const node = nodeIdentity(user)
  if (node === undefined) return undefined
  if (node === '') return refuse(`unknown node for user ${goQuote(user.name)}`)
  if (a.resourceRequest) {
    const narrowed = rules[`${a.apiGroup}/${a.resource}`]?.(node, a, behaviours)
    if (narrowed) return narrowed
  }
  return nodeRules.some((rule) => ruleAllows(rule, a)) ? allow : refuse('')
}

type NodeRule = (node: string, a: AuthorizationAttributes, behaviours: Behaviours) => Decision

const rules: Readonly<Record<string, NodeRule>> = {
  '/secrets': readReferenced('secrets'),
  '/configmaps': readReferenced('configmaps'),
  '/persistentvolumeclaims': (node, a, behaviours) => {
    if (a.subresource === 'status') {
      if (a.verb !== 'update' && a.verb !== 'patch') return refuse('can only get/update/patch this type')
      return related(node, 'persistentvolumeclaims', a, behaviours)
    }
    return getOnly(a) ?? related(node, 'persistentvolumeclaims', a, behaviours)
  },
  '/persistentvolumes': (node, a, behaviours) => getOnly(a) ?? volumeRelated(node, a, behaviours),
  'resource.k8s.io/resourceclaims': (node, a, behaviours) =>
    getOnly(a) ?? related(node, 'resourceclaims', a, behaviours),
  'storage.k8s.io/volumeattachments': (node, a, behaviours) =>
    getOnly(a) ?? isOn(node, a.name, () => behaviours.store(VolumeAttachment).get({ name: a.name })?.spec.nodeName),
  'resource.k8s.io/resourceslices': slices,
  '/nodes': nodes,
  '/pods': pods,
  '/serviceaccounts': (node, a, behaviours) => {
    if (a.verb !== 'create' || a.name === '') return refuse('can only create tokens for individual service accounts')
    if (a.subresource !== 'token') return refuse('can only create token subresource of serviceaccount')
    return related(node, 'serviceaccounts', a, behaviours)
  },
  'coordination.k8s.io/leases': (node, a) => {
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(a.verb)) {
      return refuse('can only get, create, update, patch, or delete a node lease')
    }
    if (a.namespace !== 'kube-node-lease') {
      return refuse('can only access leases in the "kube-node-lease" system namespace')
    }
    if (a.verb !== 'create' && a.name !== node) {
      return refuse('can only access node lease with the same name as the requesting node')
    }
    return allow
  },
  'storage.k8s.io/csinodes': (node, a) => {
    if (!['get', 'create', 'update', 'patch', 'delete'].includes(a.verb)) {
      return refuse('can only get, create, update, patch, or delete a CSINode')
    }
    if (a.subresource !== '') return refuse('cannot authorize CSINode subresources')
    if (a.verb !== 'create' && a.name !== node) {
      return refuse('can only access CSINode with the same name as the requesting node')
    }
    return allow
  },
}

/** A node reads no other node than itself, which it may do before it has made itself. */
function nodes(node: string, a: AuthorizationAttributes): Decision {
  const writes = a.verb === 'update' || a.verb === 'patch'
  if (a.subresource === 'status') return writes ? allow : refuse('')
  if (a.subresource !== '') return refuse('')
  // Admission limits a node to its own object.
  if (writes || a.verb === 'create') return allow
  if (!isRead(a.verb)) return refuse('')
  if (a.name === node) return allow
  if (a.name === '') return refuse(`node '${node}' cannot read all nodes, only its own Node object`)
  return refuse(`node '${node}' cannot read '${a.name}', only its own Node object`)
}

/** A node reads the pods that are bound to it, and those that it asks for must say so. */
function pods(node: string, a: AuthorizationAttributes, behaviours: Behaviours): Decision {
  const { verb, subresource, name, namespace } = a
  const bound = () => isOn(node, name, () => behaviours.store(Pod).get({ namespace, name })?.spec?.nodeName)
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : refuse('')
  if (subresource === 'eviction') return verb === 'create' ? allow : refuse('')
  if (subresource !== '') return refuse('')
  // Mirror pods; admission limits a node to its own.
  if (verb === 'create' || verb === 'delete') return allow
  if (verb === 'get') return bound()
  if (verb !== 'list' && verb !== 'watch') return refuse('')
  if (selects(a, 'spec.nodeName', node)) return allow
  return name === '' ? refuse('can only list/watch pods with spec.nodeName field selector') : bound()
}

function slices(node: string, a: AuthorizationAttributes, behaviours: Behaviours): Decision {
  const { verb, subresource, name } = a
  if (subresource !== '') return refuse('cannot authorize ResourceSlice subresources')
  if (verb === 'create') return allow
  if (verb === 'get' || verb === 'update' || verb === 'patch' || verb === 'delete') {
    return isOn(node, name, () => behaviours.store(ResourceSlice).get({ name })?.spec.nodeName)
  }
  if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') {
    if (selects(a, 'spec.nodeName', node)) return allow
    return refuse('can only list/watch/deletecollection resourceslices with nodeName field selector')
  }
  return refuse(
    'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
  )
}

function isRead(verb: string): boolean {
  return verb === 'get' || verb === 'list' || verb === 'watch'
}

function isOn(node: string, name: string, nodeOf: () => string | undefined): Decision {
  if (name === '') return refuse('No Object name found')
  return nodeOf() === node ? allow : unrelated(node)
}

/** Whether the request is for objects only whose field has the value. */
function selects({ fieldSelector }: AuthorizationAttributes, field: string, value: string): boolean {
  if (!fieldSelector?.includes(field)) return false
  try {
    return parseFieldSelector(fieldSelector).exact(field) === value
  } catch {
    return false
  }
}

function readReferenced(resource: Referenced): NodeRule {
  return (node, a, behaviours) => {
    if (!['get', 'list', 'watch'].includes(a.verb)) return refuse('can only read resources of this type')
    if (a.subresource !== '') return refuse('cannot read subresource')
    if (a.namespace === '') return refuse('can only read namespaced object of this type')
    return related(node, resource, a, behaviours)
  }
}

function getOnly(a: AuthorizationAttributes): Decision | undefined {
  if (a.verb !== 'get') return refuse('can only get individual resources of this type')
  return a.subresource === '' ? undefined : refuse('cannot get subresource')
}

/** Whether a pod of the request's namespace that is bound to the node refers to the object. */
function related(node: string, resource: Referenced, a: AuthorizationAttributes, behaviours: Behaviours): Decision {
  if (a.name === '') return refuse('No Object name found')
  return podRefers(node, resource, a.namespace, a.name, behaviours) ? allow : unrelated(node)
}

function podRefers(node: string, resource: Referenced, namespace: string, name: string, behaviours: Behaviours) {
  for (const pod of behaviours.store(Pod).list(namespace)) {
    if (pod.spec?.nodeName !== node) continue
    for (const [kind, referred] of podReferences(pod.spec)) if (kind === resource && referred === name) return true
  }
  return false
}

function volumeRelated(node: string, a: AuthorizationAttributes, behaviours: Behaviours): Decision {
  if (a.name === '') return refuse('No Object name found')
  const claim = behaviours.store(PersistentVolume).get({ name: a.name })?.spec?.claimRef
  if (!claim?.namespace || !claim.name) return unrelated(node)
  return podRefers(node, 'persistentvolumeclaims', claim.namespace, claim.name, behaviours) ? allow : unrelated(node)
}

function unrelated(node: string): Decision {
  return refuse(`no relationship found between node '${node}' and this object`)
}
