import {
  CSINode,
  type KubeObject,
  Lease,
  Node,
  PersistentVolumeClaim,
  Pod,
  ServiceAccount,
  type TokenRequest,
} from '@wherry/api'
import { type DeepReadonly, goQuote, groupResource, notFound, semanticEqual } from '@wherry/apimachinery'
import { nodeIdentity } from '../authz/node-authorizer.ts'
import { podReferences } from '../authz/pod-references.ts'
import type { Behaviours } from '../registry/behaviours.ts'
import type { AdmissionAttributes, AdmissionPlugin } from './admission.ts'
import { forbiddenLabels } from './node-labels.ts'
import { isA, oldOf, refusal } from './targets.ts'

type Check = (node: string, attributes: AdmissionAttributes, behaviours: Behaviours) => void

/**
 * Nodes write only what is their own: their Node, lease and CSINode, the status of pods bound to them, and tokens for
 * those pods (upstream `plugin/pkg/admission/noderestriction`).
 */
export const nodeRestriction: AdmissionPlugin = {
  name: 'NodeRestriction',
  async admit(attributes, behaviours) {
    const node = nodeIdentity(attributes.user)
    if (node === undefined || attributes.operation === 'CONNECT') return
    if (node === '') {
      throw refusal(attributes, `could not determine node from user ${goQuote(attributes.user.name)}`)
    }
    const { group, resource } = attributes.resource
    checks[`${group}/${resource}`]?.(node, attributes, behaviours)
  },
}

const checks: Readonly<Record<string, Check>> = {
  [`/${Pod.resource}`]: checkPod,
  [`/${Node.resource}`]: checkNode,
  [`/${PersistentVolumeClaim.resource}`]: checkClaim,
  [`/${ServiceAccount.resource}`]: checkToken,
  [`${Lease.group}/${Lease.resource}`]: (node, attributes) => {
    if (attributes.namespace !== 'kube-node-lease') {
      throw refusal(attributes, 'can only access leases in the "kube-node-lease" system namespace')
    }
    if (nameOf(attributes) === node) return
    throw refusal(attributes, 'can only access node lease with the same name as the requesting node')
  },
  [`${CSINode.group}/${CSINode.resource}`]: (node, attributes) => {
    if (nameOf(attributes) === node) return
    throw refusal(attributes, 'can only access CSINode with the same name as the requesting node')
  },
}

/** While an object is created, its name stands only in the object. */
function nameOf({ operation, object, name }: AdmissionAttributes): string {
  return operation === 'CREATE' ? (object?.metadata.name ?? name) : name
}

function checkPod(node: string, attributes: AdmissionAttributes, behaviours: Behaviours): void {
  const { subresource, operation, object } = attributes
  const who = `node ${goQuote(node)}`
  if (subresource === '' && operation === 'CREATE') {
    checkMirrorPod(node, attributes, behaviours)
    return
  }
  if (subresource === '' && operation === 'DELETE') {
    if (boundPod(attributes, attributes.name, behaviours).spec?.nodeName === node) return
    throw refusal(attributes, `${who} can only delete pods with spec.nodeName set to itself`)
  }
  if (subresource === 'eviction') {
    if (operation !== 'CREATE') throw refusal(attributes, `unexpected operation ${operation}`)
    const name = attributes.name || (object?.metadata.name ?? '')
    if (name === '') throw refusal(attributes, 'could not determine pod from request data')
    if (boundPod(attributes, name, behaviours).spec?.nodeName === node) return
    throw refusal(attributes, `node ${node} can only evict pods with spec.nodeName set to itself`)
  }
  if (subresource === 'status' && operation === 'UPDATE') {
    const before = oldOf(attributes, Pod)
    if (!before || !isA<Pod>(object, Pod) || before.spec?.nodeName !== node) {
      throw refusal(attributes, `${who} can only update pod status for pods with spec.nodeName set to itself`)
    }
    if (!semanticEqual(before.metadata.labels, object.metadata.labels)) {
      throw refusal(attributes, `${who} cannot update labels through pod status`)
    }
    if (semanticEqual(before.status?.resourceClaimStatuses, object.status?.resourceClaimStatuses)) return
    throw refusal(attributes, `${who} cannot update resource claim statuses`)
  }
  if (subresource !== '' && subresource !== 'status') {
    const message = `unexpected pod subresource ${goQuote(subresource)}, only 'status' and 'eviction' are allowed`
    throw refusal(attributes, message)
  }
  const can = subresource === '' ? `, ${who} can only create and delete mirror pods` : ''
  throw refusal(attributes, `unexpected operation ${goQuote(operation)}${can}`)
}

function boundPod({ namespace }: AdmissionAttributes, name: string, behaviours: Behaviours): DeepReadonly<Pod> {
  const pod = behaviours.store(Pod).get({ namespace, name })
  if (!pod) throw notFound(groupResource(Pod), name)
  return pod
}

function checkMirrorPod(node: string, attributes: AdmissionAttributes, behaviours: Behaviours): void {
  const { object } = attributes
  const who = `node ${goQuote(node)}`
  if (!isA<Pod>(object, Pod)) throw refusal(attributes, 'unexpected type')
  const mirror = 'kubernetes.io/config.mirror'
  if (object.metadata.annotations?.[mirror] === undefined) {
    throw refusal(attributes, `pod does not have ${goQuote(mirror)} annotation, ${who} can only create mirror pods`)
  }
  if (object.spec?.nodeName !== node) {
    throw refusal(attributes, `${who} can only create pods with spec.nodeName set to itself`)
  }
  const [owner, ...others] = object.metadata.ownerReferences ?? []
  if (others.length > 0) {
    throw refusal(attributes, `${who} can only create pods with a single owner reference set to itself`)
  }
  if (owner?.apiVersion !== 'v1' || owner.kind !== 'Node' || owner.name !== node) {
    throw refusal(attributes, `${who} can only create pods with an owner reference set to itself`)
  }
  if (!owner.controller) {
    throw refusal(attributes, `${who} can only create pods with a controller owner reference set to itself`)
  }
  if (owner.blockOwnerDeletion) {
    throw refusal(attributes, `${who} must not set blockOwnerDeletion on an owner reference`)
  }
  const uid = behaviours.store(Node).get({ name: node })?.metadata.uid
  if (uid === undefined) throw notFound(groupResource(Node), node)
  if (owner.uid !== uid) throw refusal(attributes, `node ${node} UID mismatch: expected ${owner.uid} got ${uid}`)
  for (const [kind] of podReferences(object.spec)) {
    const what = kind === 'serviceaccounts' ? 'a service account' : kind
    throw refusal(attributes, `${who} can not create pods that reference ${what}`)
  }
}

function checkNode(node: string, attributes: AdmissionAttributes): void {
  const { operation, object, name } = attributes
  const requested = name || (object?.metadata.name ?? '')
  const who = `node ${goQuote(node)}`
  if (requested !== node) throw refusal(attributes, `${who} is not allowed to modify node ${goQuote(requested)}`)
  if (operation === 'DELETE' || !isA<Node>(object, Node)) return
  const before = oldOf(attributes, Node)
  if (before && !semanticEqual(before.spec?.taints, object.spec?.taints)) {
    throw refusal(attributes, `${who} is not allowed to modify taints`)
  }
  const labels = forbiddenLabels(object.metadata.labels, before?.metadata.labels).join(', ')
  if (labels === '') return
  if (before) throw refusal(attributes, `is not allowed to modify labels: ${labels}`)
  throw refusal(attributes, `${who} is not allowed to set the following labels: ${labels}`)
}

function checkClaim(node: string, attributes: AdmissionAttributes): void {
  if (attributes.subresource !== 'status') throw refusal(attributes, 'may only update PVC status')
  if (attributes.operation !== 'UPDATE') {
    throw refusal(attributes, `unexpected operation ${goQuote(attributes.operation)}`)
  }
  const bare = (claim: DeepReadonly<PersistentVolumeClaim> | undefined) => {
    if (!claim) return undefined
    const { metadata, status, ...rest } = claim
    const { capacity, conditions, allocatedResources, allocatedResourceStatuses, ...kept } = status ?? {}
    return { ...rest, metadata: { ...metadata, resourceVersion: '', managedFields: undefined }, status: kept }
  }
  const { object } = attributes
  const written = isA<PersistentVolumeClaim>(object, PersistentVolumeClaim) ? object : undefined
  if (semanticEqual(bare(written), bare(oldOf(attributes, PersistentVolumeClaim)))) return
  const fields = 'status.capacity and status.conditions'
  throw refusal(attributes, `node ${goQuote(node)} is not allowed to update fields other than ${fields}`)
}

function checkToken(node: string, attributes: AdmissionAttributes, behaviours: Behaviours): void {
  const { operation, subresource, object, namespace } = attributes
  if (operation !== 'CREATE' || subresource !== 'token') return
  const ref = isTokenRequest(object) ? object.spec?.boundObjectRef : undefined
  if (ref?.apiVersion !== 'v1' || ref.kind !== 'Pod' || !ref.name) {
    throw refusal(attributes, 'node requested token not bound to a pod')
  }
  if (!ref.uid) throw refusal(attributes, 'node requested token with a pod binding without a uid')
  const pod = behaviours.store(Pod).get({ namespace, name: ref.name })
  if (!pod) throw notFound(groupResource(Pod), ref.name)
  if (pod.metadata.uid !== ref.uid) {
    const again = 'The object might have been deleted and then recreated'
    const reason = `the UID in the bound object reference (${ref.uid}) does not match the UID in record. ${again}`
    throw refusal(attributes, reason)
  }
  if (pod.spec?.nodeName === node) return
  throw refusal(attributes, 'node requested token bound to a pod scheduled on a different node')
}

function isTokenRequest(object: KubeObject | undefined): object is TokenRequest {
  return isA<TokenRequest>(object, { kind: 'TokenRequest' })
}
