import { Namespace } from '@wherry/api'
import { groupResource, type LabelMatcher, notFound } from '@wherry/apimachinery'
import type { Behaviours } from '../../registry/behaviours.ts'
import type { AdmissionAttributes } from '../admission.ts'
import { isNamespace, namespaceOf } from './rules.ts'

export interface Selectors {
  readonly namespaceSelector: LabelMatcher
  readonly objectSelector: LabelMatcher
}

/**
 * Whether the request's namespace, and the object before or after it, have the labels. Throws 404 where the namespace
 * is not there. As upstream: webhook/predicates.
 */
export function isSelected(selectors: Selectors, attributes: AdmissionAttributes, behaviours: Behaviours): boolean {
  return (
    selectsObject(selectors.objectSelector, attributes) &&
    selectsNamespace(selectors.namespaceSelector, attributes, behaviours)
  )
}

function selectsObject(selector: LabelMatcher, { object, old }: AdmissionAttributes): boolean {
  return selector.empty || [object, old].some((one) => one && selector.matches(one.metadata?.labels))
}

function selectsNamespace(selector: LabelMatcher, attributes: AdmissionAttributes, behaviours: Behaviours): boolean {
  const name = namespaceOf(attributes)
  const isOne = isNamespace(attributes)
  if (selector.empty || (name === '' && !isOne)) return true
  const { operation, object, subresource } = attributes
  if (isOne && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) {
    return selector.matches(object?.metadata.labels)
  }
  const namespace = behaviours.store(Namespace).get({ name })
  if (!namespace) throw notFound(groupResource(Namespace), name)
  return selector.matches(namespace.metadata.labels)
}
